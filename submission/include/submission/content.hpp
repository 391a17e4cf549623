#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "submission/error.hpp"

namespace submission {

/// Where the bytes of a message come from. They may come slowly: the session waits.
class content_source {
public:
    virtual ~content_source() = default;
    /// Reads the next bytes, at least one; 0 is the end.
    [[nodiscard]] virtual boost::asio::awaitable<result<std::size_t>> read_some(std::span<char> into) = 0;
    /// Returns whether it can be read more than once. Then its size is known before MAIL, and a message can
    /// be sent again.
    virtual bool is_repeatable() const noexcept = 0;
    /// Begins anew. Called before each reading but the first of one that is not repeatable.
    virtual void rewind() = 0;
};

[[nodiscard]] std::unique_ptr<content_source> text_content(std::string text);
/// Opens a file, which is read as it is then: it should not change.
[[nodiscard]] result<std::unique_ptr<content_source>> file_content(std::filesystem::path const& file);
/// Calls a coroutine for each piece; an empty one is the end, an exception `errc::content_failed`. It can be
/// read once.
[[nodiscard]] std::unique_ptr<content_source> flowing_content(
    std::function<boost::asio::awaitable<std::string>()> next);

}  // namespace submission
