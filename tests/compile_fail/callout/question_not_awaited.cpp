// says: ignoring return
#include "callout/engine.hpp"

boost::asio::awaitable<bool> exists(callout::engine& engine, callout::request question,
                                    callout::steady_time until) {
#ifdef WITH_FAULT
    engine.verify(question, until);
    co_return true;
#else
    auto const found = co_await engine.verify(question, until);
    co_return found.status == callout::status::pass;
#endif
}
