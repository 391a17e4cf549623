#include "host/line_source.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>

namespace vouchd {

namespace asio = boost::asio;

boost::system::result<line_source> line_source::open(asio::any_io_executor const& executor,
                                                     std::string const& name) {
    int const descriptor = name == "-" ? ::dup(STDIN_FILENO) : ::open(name.c_str(), O_RDONLY | O_CLOEXEC);
    struct stat kind{};
    bool const usable = descriptor >= 0 && ::fstat(descriptor, &kind) == 0;
    if (!usable) return boost::system::error_code(errno, boost::system::system_category());
    if (S_ISDIR(kind.st_mode)) return boost::system::error_code(EISDIR, boost::system::system_category());
    // A regular file has no readiness to wait for: each read ends at once.
    return line_source(asio::posix::stream_descriptor(executor, descriptor));
}

asio::awaitable<std::optional<std::string>> line_source::next() {
    std::string line;
    for (;;) {
        auto const end = waiting_.find('\n');
        auto const room = longest_line + 1 - std::min(line.size(), longest_line + 1);
        line.append(waiting_, 0, std::min(end, room));
        bool const complete = end != std::string::npos;
        waiting_.erase(0, complete ? end + 1 : waiting_.size());
        if (complete) co_return line;
        bool const more = co_await read_more();
        if (more) continue;
        if (line.empty()) co_return std::nullopt;
        co_return line;
    }
}

asio::awaitable<bool> line_source::read_more() {
    std::array<char, 16 * 1024> bytes;
    auto const into = asio::buffer(bytes);
    auto const [failed, count] = co_await source_.async_read_some(into, asio::as_tuple(asio::use_awaitable));
    waiting_.append(bytes.data(), count);
    co_return !failed;
}

}  // namespace vouchd
