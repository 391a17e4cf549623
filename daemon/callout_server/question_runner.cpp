#include "callout_server/question_runner.hpp"

#include <algorithm>

namespace vouchd {

namespace {

namespace asio = boost::asio;
namespace core = callout::core;

/// Adds one to a count as long as it lives.
class counted {
public:
    explicit counted(std::size_t& count) : count_(count) { ++count_; }
    ~counted() { --count_; }
    counted(counted const&) = delete;

private:
    std::size_t& count_;
};

callout::verification too_many() {
    callout::verification none(callout::status::transient, callout::reason::overloaded);
    none.scope = callout::scope::self;
    none.message = "450 4.3.2 too many questions at the same time";
    return none;
}

}  // namespace

callout::mode mode_for(core::callout_question const& question, config const& values) {
    return question.timeouts ? callout::mode::soft : values.callout_server.timeouts;
}

std::chrono::milliseconds budget_for(core::callout_question const& question, config const& values) {
    auto const most = values.engine.hard_total;
    auto budget = mode_for(question, values) == callout::mode::soft ? values.milter.reply_budget : most;
    if (question.timeouts) {
        budget = values.engine.dns_total;
        for (auto const phase : *question.timeouts) budget += phase;
        budget *= static_cast<std::int64_t>(values.engine.max_mx);
    }
    return std::min(budget, most);
}

bool is_worth_a_second_try(core::callout_question const& question, config const& values) {
    return mode_for(question, values) == callout::mode::soft &&
           question.how.hosts.mode == callout::host_mode::mxfirst;
}

asio::awaitable<callout::verification> question_runner::run(core::callout_question const& question,
                                                            callout::observer& watcher) {
    if (under_way_ >= most_) co_return too_many();
    counted const mine(under_way_);
    auto request = core::request_for(question);
    if (!request) co_return callout::verification_of(request.error());
    request->watcher = &watcher;
    auto const values = live_.current();
    request->mode = mode_for(question, *values);
    auto const until = clock_.now() + budget_for(question, *values);
    auto found = co_await engine_.verify(*request, until);
    co_return found;
}

void question_runner::tell(callout::ledger& to) const {
    to.emplace_back("callout_questions", under_way_, most_);
    to.emplace_back("callout_second_tries", second_tries_, most_second_tries);
}

bool question_runner::may_try_again(core::callout_question const& question) const {
    return second_tries_ < most_second_tries && is_worth_a_second_try(question, *live_.current());
}

asio::awaitable<void> question_runner::try_again(core::callout_question question) {
    counted const mine(under_way_);
    counted const again(second_tries_);
    question.timeouts.reset();
    auto request = core::request_for(question);
    if (!request) co_return;
    request->cache = callout::cache_use::refresh;
    request->mode = callout::mode::hard;
    auto const until = clock_.now() + live_.current()->engine.hard_total;
    co_await engine_.verify(*request, until);
}

}  // namespace vouchd
