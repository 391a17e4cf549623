#include "bridge/maildir.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <chrono>

namespace testmta::bridge {
namespace {

namespace fs = std::filesystem;

boost::system::error_code last_error() {
    return {errno, boost::system::system_category()};
}

class descriptor {
public:
    explicit descriptor(int number) : number_(number) {}
    ~descriptor() {
        if (number_ >= 0) ::close(number_);
    }
    descriptor(descriptor const&) = delete;
    bool is_open() const noexcept { return number_ >= 0; }
    int get() const noexcept { return number_; }

private:
    int number_;
};

/// Returns a name that no other message has: of the time, the process, and a count.
std::string unique_name() {
    static std::atomic<unsigned> count = 0;
    using namespace std::chrono;
    auto const now = duration_cast<microseconds>(system_clock::now().time_since_epoch()).count();
    constexpr auto in_second = 1'000'000;
    std::string host(256, '\0');
    if (::gethostname(host.data(), host.size() - 1) != 0) host = "localhost";
    host.resize(std::string_view(host.c_str()).size());
    return std::to_string(now / in_second) + ".M" + std::to_string(now % in_second) + 'P' +
           std::to_string(::getpid()) + 'Q' + std::to_string(++count) + '.' + host;
}

bool write_all(int to, std::string_view octets) {
    while (!octets.empty()) {
        auto const count = ::write(to, octets.data(), octets.size());
        if (count < 0 && errno != EINTR) return false;
        if (count > 0) octets.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
}

boost::system::error_code write_file(fs::path const& file, std::string_view octets) {
    constexpr int owner_alone = 0600;
    descriptor const to(::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, owner_alone));
    bool const is_written = to.is_open() && write_all(to.get(), octets) && ::fsync(to.get()) == 0;
    return is_written ? boost::system::error_code() : last_error();
}

/// Has the names of a folder survive a crash.
boost::system::error_code sync_folder(fs::path const& folder) {
    descriptor const it(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    return it.is_open() && ::fsync(it.get()) == 0 ? boost::system::error_code() : last_error();
}

}  // namespace

milterproto::result<maildir> maildir::open(fs::path folder) {
    for (auto const* part : {"tmp", "new", "cur"}) {
        std::error_code failed;
        fs::create_directories(folder / part, failed);
        if (failed) return boost::system::error_code(failed);
    }
    return maildir(std::move(folder));
}

milterproto::result<fs::path> maildir::keep(std::string_view octets) const {
    auto const name = unique_name();
    auto const unfinished = folder_ / "tmp" / name;
    auto const file = folder_ / "new" / name;
    auto failed = write_file(unfinished, octets);
    if (!failed && ::rename(unfinished.c_str(), file.c_str()) != 0) failed = last_error();
    if (!failed) failed = sync_folder(folder_ / "new");
    if (!failed) return file;
    ::unlink(unfinished.c_str());
    return failed;
}

}  // namespace testmta::bridge
