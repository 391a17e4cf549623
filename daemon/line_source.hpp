#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/system/result.hpp>
#include <optional>
#include <string>

namespace vouchd {

/// The lines of a file or of standard input, one at a time; who waits for a pipe or a person holds up nobody
/// else.
class line_source {
public:
    /// "-" is standard input. An error where the name is no readable file, or a folder.
    static boost::system::result<line_source> open(boost::asio::any_io_executor const& executor,
                                                   std::string const& name);

    /// Without its line end; nothing at the end. Of a line over `longest_line` the first octets come, and
    /// the rest is dropped.
    boost::asio::awaitable<std::optional<std::string>> next();

    static constexpr std::size_t longest_line = 4 * 1024;

private:
    line_source(boost::asio::any_io_executor const& executor, int descriptor, bool is_file)
        : pipe_(executor), descriptor_(descriptor), is_file_(is_file) {
        if (!is_file) pipe_.assign(descriptor);
    }
    boost::asio::awaitable<bool> read_more();

    boost::asio::posix::stream_descriptor pipe_;
    int descriptor_;
    bool is_file_;  ///< epoll takes no regular files, and reading one does not wait
    std::string waiting_;
    bool ended_ = false;
};

}  // namespace vouchd
