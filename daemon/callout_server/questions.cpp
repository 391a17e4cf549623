#include "callout_server/questions.hpp"

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

callout::mode mode_for(core::callout_question const& asked, config const& values) {
    bool const waits = values.callout_server.timeouts == patience::soft || asked.timeouts;
    return waits ? callout::mode::soft : callout::mode::hard;
}

std::chrono::milliseconds budget_for(core::callout_question const& asked, config const& values) {
    auto const most = values.engine.hard_total;
    auto budget = mode_for(asked, values) == callout::mode::soft ? values.milter.reply_budget : most;
    if (asked.timeouts) {
        budget = values.engine.dns_total;
        for (auto const phase : *asked.timeouts) budget += phase;
        budget *= static_cast<std::int64_t>(values.engine.max_mx);
    }
    return std::min(budget, most);
}

bool is_worth_a_second_try(core::callout_question const& asked, config const& values) {
    return mode_for(asked, values) == callout::mode::soft &&
           asked.how.hosts.mode == callout::host_mode::mxfirst;
}

asio::awaitable<callout::verification> callout_questions::put(core::callout_question const& asked,
                                                              callout::observer& watcher) {
    counted const mine(under_way_);
    auto question = core::request_for(asked);
    if (!question) co_return callout::verification_of(question.error());
    question->watcher = &watcher;
    auto const values = live_.current();
    question->mode = mode_for(asked, *values);
    auto const until = clock_.now() + budget_for(asked, *values);
    auto found = co_await engine_.verify(*question, until);
    co_return found;
}

bool callout_questions::may_try_again(core::callout_question const& asked) const {
    return second_tries_ < most_second_tries && is_worth_a_second_try(asked, *live_.current());
}

asio::awaitable<void> callout_questions::try_again(core::callout_question asked) {
    counted const mine(under_way_);
    counted const again(second_tries_);
    asked.timeouts.reset();
    auto question = core::request_for(asked);
    if (!question) co_return;
    question->cache = callout::cache_use::refresh;
    question->mode = callout::mode::hard;
    auto const until = clock_.now() + live_.current()->engine.hard_total;
    co_await engine_.verify(*question, until);
}

}  // namespace vouchd
