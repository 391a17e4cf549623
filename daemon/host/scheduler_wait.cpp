#include "host/scheduler_wait.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

namespace vouchd {

scheduler_wait::scheduler_wait() : file_(::open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC)) {}

scheduler_wait::~scheduler_wait() {
    if (file_ >= 0) ::close(file_);
}

std::optional<std::chrono::nanoseconds> scheduler_wait::so_far() const noexcept {
    std::array<char, 96> buffer{};  // three numbers of 64 bits
    auto const length = file_ < 0 ? 0 : ::pread(file_, buffer.data(), buffer.size(), 0);
    if (length <= 0) return std::nullopt;
    std::string_view text(buffer.data(), std::size_t(length));
    text.remove_prefix(std::min(text.find(' ') + 1, text.size()));
    std::chrono::nanoseconds::rep waited = 0;
    auto const [end, failed] = std::from_chars(text.data(), text.data() + text.size(), waited);
    if (failed != std::errc()) return std::nullopt;
    return std::chrono::nanoseconds(waited);
}

}  // namespace vouchd
