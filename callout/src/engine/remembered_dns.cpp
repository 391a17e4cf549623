#include "engine/remembered_dns.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <exception>
#include <vector>

#include "engine/place_in_line.hpp"

namespace callout {

namespace asio = boost::asio;

namespace {

using dns_question = std::pair<std::string, record_type>;

/// How many questions may be under way; further askers go to the name system alone. A question whose askers
/// have left ends with its deadline only. One takes 20 KiB while it waits, of which c-ares has half: 80 MiB
/// in all.
constexpr std::size_t most_flights = 4096;

}  // namespace

/// One question under way, and those who wait for its answer.
class remembered_dns::flight {
public:
    explicit flight(steady_time until) : asked_until(until) {}

    /// By `until` it is over, or this asker has waited long enough.
    static asio::awaitable<void> wait(shared_flight mine, callout::clock& clock, steady_time until) {
        auto const bell = clock.make_alarm();
        place_in_line const place(mine->waiting_, *bell);
        while (!mine->is_over() && clock.now() < until) co_await bell->wait(until);
    }

    bool is_over() const noexcept { return answer_ || failed_; }
    /// Once it is over.
    dns_answer const& answer() const {
        if (failed_) std::rethrow_exception(failed_);
        return *answer_;
    }
    void land(std::exception_ptr failed, dns_answer answer) {
        failed_ = std::move(failed);
        if (!failed_) answer_ = std::move(answer);
        for (auto* bell : waiting_) bell->ring();
    }

    steady_time const asked_until;

private:
    std::vector<alarm*> waiting_;
    std::optional<dns_answer> answer_;
    std::exception_ptr failed_;
};

/// What is known, and what is being asked.
class remembered_dns::board {
public:
    explicit board(core::dns_memory_bounds most) : memory(most) {}

    core::dns_memory memory;

    shared_flight find(dns_question const& asked) const {
        auto const found = flights_.find(asked);
        return found == flights_.end() ? nullptr : found->second;
    }

    std::size_t under_way() const noexcept { return flights_.size(); }
    bool is_full() const noexcept { return under_way() >= most_flights; }

    /// The question goes on whoever leaves.
    static shared_flight take_off(shared_board const& here, asio::any_io_executor const& executor,
                                  resolver& behind, callout::clock& clock, dns_question const& asked,
                                  steady_time until) {
        auto const one = std::make_shared<flight>(until);
        here->flights_.emplace(asked, one);
        auto const landed = [here, one, asked, &clock](std::exception_ptr failed, dns_answer answer) {
            here->flights_.erase(asked);
            if (!failed) here->memory.put(asked.first, asked.second, answer, clock.now());
            one->land(std::move(failed), std::move(answer));
        };
        asio::co_spawn(executor, behind.query(asked.first, asked.second, until), landed);
        return one;
    }

private:
    std::map<dns_question, shared_flight> flights_;
};

remembered_dns::remembered_dns(resolver& behind, callout::clock& clock, core::dns_memory_bounds most)
    : behind_(behind), clock_(clock), known_(std::make_shared<board>(most)) {}

std::size_t remembered_dns::under_way() const noexcept {
    return known_->under_way();
}

std::size_t remembered_dns::size() const noexcept {
    return known_->memory.size();
}

void remembered_dns::tell(ledger& to) const {
    auto const& memory = known_->memory;
    to.emplace_back("dns_questions", under_way(), most_flights);
    to.emplace_back("dns_answers", memory.size(), memory.most().entries);
    to.emplace_back("dns_bytes", memory.bytes(), memory.most().bytes);
}

asio::awaitable<dns_answer> remembered_dns::query(std::string name, record_type type, steady_time until) {
    return ask(behind_, clock_, known_, std::move(name), type, until);
}

asio::awaitable<dns_answer> remembered_dns::ask(resolver& behind, callout::clock& clock, shared_board known,
                                                std::string name, record_type type, steady_time until) {
    while (true) {
        if (auto kept = known->memory.find(name, type, clock.now())) co_return *std::move(kept);
        dns_question const asked(name, type);
        auto mine = known->find(asked);
        if (!mine) {
            if (known->is_full()) co_return co_await behind.query(std::move(name), type, until);
            auto const executor = co_await asio::this_coro::executor;
            mine = board::take_off(known, executor, behind, clock, asked, until);
        }
        co_await flight::wait(mine, clock, until);
        if (!mine->is_over()) co_return dns_answer(dns_outcome::timed_out, "no answer in time");
        // The asker that began it had less time: that is not an answer to those that have more.
        bool const cut_short = mine->answer().outcome == dns_outcome::timed_out && mine->asked_until < until;
        if (!cut_short || clock.now() >= until) co_return mine->answer();
    }
}

}  // namespace callout
