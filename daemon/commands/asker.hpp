#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json/fwd.hpp>
#include <memory>
#include <stdexcept>

#include "commands/commands.hpp"
#include "explain/question.hpp"
#include "host/engine_host.hpp"

namespace vouchd {

/// The daemon is not there; the text says what to do.
class unavailable : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Puts questions, one after the other.
class asker {
public:
    virtual ~asker() = default;
    /// The document of explanation.hpp. Throws `unavailable`.
    virtual boost::asio::awaitable<boost::json::object> ask(question what) = 0;
};

/// Makes askers of one kind; those of `asked::standalone` share one engine.
class asker_source {
public:
    asker_source(boost::asio::any_io_executor executor, config const& values, asked whom);
    ~asker_source();
    std::unique_ptr<asker> make();
    /// See `engine_host::wind_down`.
    void wind_down(boost::asio::io_context& loop);

private:
    boost::asio::any_io_executor executor_;
    config const& values_;
    std::unique_ptr<engine_host> host_;
};

}  // namespace vouchd
