#include "callout_questions.hpp"

#include <algorithm>

namespace vouchd {

namespace {

namespace asio = boost::asio;
namespace core = callout::core;

/// Second tries that nobody waits for; what is beyond is left to the next question.
constexpr std::size_t most_second_tries = 500;

/// One of those who are counted, as long as it lives.
class counted {
public:
    explicit counted(std::size_t& count) : count_(count) { ++count_; }
    ~counted() { --count_; }
    counted(counted const&) = delete;

private:
    std::size_t& count_;
};

}  // namespace

asio::awaitable<callout::verification> callout_questions::put(core::callout_question const& asked,
                                                              callout::observer& watcher) {
    counted const mine(under_way_);
    auto question = core::request_for(asked);
    if (!question) co_return callout::verification_of(question.error());
    question->watcher = &watcher;
    question->mode = mode_of(asked);
    auto const until = end_of(asked);
    auto found = co_await host_.engine().verify(*question, until);
    co_return found;
}

/// TIMEOUT sets the times of a client that waits.
callout::mode callout_questions::mode_of(core::callout_question const& asked) const {
    bool const waits = values_.callout_server.timeouts == patience::soft || asked.timeouts;
    return waits ? callout::mode::soft : callout::mode::hard;
}

/// How long a RUN may wait for one address.
callout::steady_time callout_questions::end_of(core::callout_question const& asked) const {
    auto const most = values_.callout.hard_total;
    auto budget = mode_of(asked) == callout::mode::soft ? values_.milter.reply_budget : most;
    if (asked.timeouts) {
        budget = values_.dns.total;
        for (auto const phase : *asked.timeouts) budget += phase;
        budget *= static_cast<std::int64_t>(values_.callout.max_mx);
    }
    return host_.clock().now() + std::min(budget, most);
}

/// What a patient question found no answer to, another one need not repeat; and what came of hosts that the
/// client chose is kept nowhere.
bool callout_questions::may_try_again(core::callout_question const& asked) const {
    return second_tries_ < most_second_tries && mode_of(asked) == callout::mode::soft &&
           asked.how.hosts.mode == callout::host_mode::mxfirst;
}

asio::awaitable<void> callout_questions::try_again(core::callout_question asked) {
    counted const mine(under_way_);
    counted const again(second_tries_);
    asked.timeouts.reset();
    auto question = core::request_for(asked);
    if (!question) co_return;
    question->cache = callout::cache_use::refresh;
    question->mode = callout::mode::hard;
    auto const until = host_.clock().now() + values_.callout.hard_total;
    co_await host_.engine().verify(*question, until);
}

}  // namespace vouchd
