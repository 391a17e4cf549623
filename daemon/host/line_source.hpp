#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/system/result.hpp>
#include <optional>
#include <string>
#include <utility>

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
    explicit line_source(boost::asio::posix::stream_descriptor source) : source_(std::move(source)) {}
    boost::asio::awaitable<bool> read_more();

    boost::asio::posix::stream_descriptor source_;
    std::string waiting_;
};

}  // namespace vouchd
