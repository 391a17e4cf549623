#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/system/result.hpp>
#include <optional>
#include <string>
#include <utility>

namespace vouchd {

/// The lines of a file or of standard input, one at a time; waiting for a pipe or a person blocks nothing
/// else.
class line_source {
public:
    /// Opens a file; "-" is standard input. Returns an error if it cannot be read, or is a folder.
    static boost::system::result<line_source> open(boost::asio::any_io_executor const& executor,
                                                   std::string const& name);

    /// Returns the next line without its line end, or nothing at the end. What is beyond `longest_line` bytes
    /// of a line is dropped.
    boost::asio::awaitable<std::optional<std::string>> next();

    static constexpr std::size_t longest_line = 4 * 1024;

private:
    explicit line_source(boost::asio::posix::stream_descriptor source) : source_(std::move(source)) {}
    boost::asio::awaitable<bool> read_more();

    boost::asio::posix::stream_descriptor source_;
    std::string waiting_;
};

}  // namespace vouchd
