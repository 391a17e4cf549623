#include "spool.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace smtpserver::detail {

namespace {

boost::system::error_code last_error() {
    return {errno, boost::system::system_category()};
}

}  // namespace

void spool::append(std::string_view octets) {
    if (failure_) return;
    size_ += octets.size();
    if (!is_in_file() && memory_.size() + octets.size() > most_) move_to_file();
    if (is_in_file()) return write(octets);
    if (!failure_) memory_ += octets;
}

void spool::move_to_file() {
    file_ = ::open(folder_->c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (file_ < 0) {
        failure_ = last_error();
        return;
    }
    write(memory_);
    memory_ = std::string();
}

void spool::write(std::string_view octets) {
    while (!octets.empty() && !failure_) {
        auto const count = ::write(file_, octets.data(), octets.size());
        if (count >= 0) {
            octets.remove_prefix(static_cast<std::size_t>(count));
        } else if (errno != EINTR) {
            failure_ = last_error();
        }
    }
}

void spool::clear() noexcept {
    if (file_ >= 0) ::close(file_);
    file_ = -1;
    size_ = 0;
    memory_ = std::string();
    failure_.clear();
}

std::size_t spool::read(std::uint64_t offset, std::span<char> into, boost::system::error_code& failed) const {
    if (!is_in_file()) {
        auto const from = std::min<std::uint64_t>(offset, memory_.size());
        auto const part = std::string_view(memory_).substr(from, into.size());
        std::ranges::copy(part, into.begin());
        return part.size();
    }
    for (;;) {
        auto const count = ::pread(file_, into.data(), into.size(), static_cast<off_t>(offset));
        if (count >= 0) return static_cast<std::size_t>(count);
        if (errno == EINTR) continue;
        failed = last_error();
        return 0;
    }
}

}  // namespace smtpserver::detail
