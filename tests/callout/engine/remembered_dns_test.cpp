#include "engine/remembered_dns.hpp"

#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <memory>

#include "support/callout_world.hpp"

using namespace callout;
using namespace std::chrono_literals;

namespace {

/// A name system that takes 100 ms, and who asks it through a memory.
class name_world {
public:
    name_world() {
        dns.delay = 100ms;
        dns.mx("example.org", 10, "mx1.example.org");
    }
    ~name_world() {
        known.reset();
        run_for(1h);
    }
    name_world(name_world const&) = delete;

    using shared_answer = std::shared_ptr<std::optional<dns_answer>>;

    shared_answer ask(std::string name = "example.org", std::chrono::milliseconds timeout = 5s,
                      record_type type = record_type::mx, boost::asio::cancellation_slot leave = {}) {
        auto const into = std::make_shared<std::optional<dns_answer>>();
        auto const done = [into, this](std::exception_ptr const& failed, dns_answer answer) {
            if (failed) ++thrown;
            if (!failed) *into = std::move(answer);
        };
        boost::asio::co_spawn(context, known->query(std::move(name), type, clock.now() + timeout),
                              boost::asio::bind_cancellation_slot(leave, done));
        settle();
        return into;
    }
    void run_for(std::chrono::milliseconds time) {
        auto const end = clock.now() + time;
        settle();
        while (clock.now() < end) {
            clock.advance(std::min<steady_time::duration>(end - clock.now(), 50ms));
            settle();
            if (time > 1min && !clock.advance_to_next_alarm()) break;
        }
    }
    std::size_t asked() const { return dns.asked.size(); }

    boost::asio::io_context context{1};
    callout::testing::virtual_clock clock{context};
    callout::testing::zone dns{clock};
    std::optional<remembered_dns> known{std::in_place, dns, clock, core::dns_memory_bounds{10}};
    int thrown = 0;

private:
    void settle() {
        context.restart();
        context.poll();
    }
};

class broken_resolver final : public resolver {
public:
    explicit broken_resolver(callout::clock& clock) : clock_(clock) {}
    boost::asio::awaitable<dns_answer> query(std::string, record_type, steady_time) override {
        auto const bell = clock_.make_alarm();
        auto const until = clock_.now() + 100ms;
        co_await bell->wait(until);
        throw std::bad_alloc();
    }

private:
    callout::clock& clock_;
};

}  // namespace

TEST(remembered_dns, equal_questions_at_the_same_time_are_asked_once) {
    name_world w;
    auto const first = w.ask(), second = w.ask(), third = w.ask();
    w.run_for(100ms);
    for (auto const& one : {first, second, third}) {
        ASSERT_TRUE(*one);
        EXPECT_EQ((*one)->exchanges.size(), 1u);
    }
    EXPECT_EQ(w.asked(), 1u);
    EXPECT_TRUE(*w.ask()) << "it is remembered";
    EXPECT_EQ(w.asked(), 1u);
}

TEST(remembered_dns, other_names_and_types_are_other_questions) {
    name_world w;
    w.ask("example.org");
    w.ask("example.net");
    w.ask("example.org", 5s, record_type::a);
    EXPECT_EQ(w.asked(), 3u);
}

TEST(remembered_dns, each_asker_keeps_his_own_deadline) {
    name_world w;
    auto const patient = w.ask();
    auto const hasty = w.ask("example.org", 50ms);
    w.run_for(50ms);
    ASSERT_TRUE(*hasty);
    EXPECT_EQ((*hasty)->outcome, dns_outcome::timed_out);
    EXPECT_FALSE(*patient);
    w.run_for(50ms);
    ASSERT_TRUE(*patient);
    EXPECT_TRUE((*patient)->ok());
    EXPECT_EQ(w.asked(), 1u);
}

TEST(remembered_dns, who_has_more_time_than_the_first_asks_again) {
    name_world w;
    auto const hasty = w.ask("example.org", 50ms);
    auto const patient = w.ask(), another = w.ask();
    w.run_for(50ms);
    ASSERT_TRUE(*hasty);
    EXPECT_EQ((*hasty)->outcome, dns_outcome::timed_out);
    EXPECT_EQ(w.asked(), 2u) << "once for both";
    w.run_for(100ms);
    ASSERT_TRUE(*patient && *another);
    EXPECT_TRUE((*patient)->ok() && (*another)->ok());
    EXPECT_EQ(w.asked(), 2u);
}

TEST(remembered_dns, silence_is_not_asked_again_without_more_time) {
    name_world w;
    w.dns.fails("example.org", record_type::mx, dns_outcome::timed_out);
    auto const first = w.ask("example.org", 1s), second = w.ask("example.org", 1s);
    w.run_for(1s);
    ASSERT_TRUE(*first && *second);
    EXPECT_EQ((*first)->outcome, dns_outcome::timed_out);
    EXPECT_EQ((*second)->outcome, dns_outcome::timed_out);
    EXPECT_EQ(w.asked(), 1u);
}

TEST(remembered_dns, asker_that_is_cancelled_disturbs_no_other) {
    for (bool const first_leaves : {true, false}) {
        name_world w;
        boost::asio::cancellation_signal leave;
        name_world::shared_answer stays;
        if (!first_leaves) stays = w.ask();
        auto const leaves = w.ask("example.org", 5s, record_type::mx, leave.slot());
        if (first_leaves) stays = w.ask();
        leave.emit(boost::asio::cancellation_type::terminal);
        w.run_for(10ms);
        EXPECT_EQ(w.thrown, 1) << "he is let go at once";
        w.run_for(90ms);
        EXPECT_FALSE(*leaves);
        ASSERT_TRUE(*stays);
        EXPECT_TRUE((*stays)->ok());
        EXPECT_EQ(w.asked(), 1u);
    }
}

TEST(remembered_dns, answer_is_remembered_though_its_askers_have_left) {
    name_world w;
    boost::asio::cancellation_signal leave;
    w.ask("example.org", 5s, record_type::mx, leave.slot());
    leave.emit(boost::asio::cancellation_type::terminal);
    w.run_for(100ms);
    EXPECT_TRUE(*w.ask());
    EXPECT_EQ(w.asked(), 1u);
}

TEST(remembered_dns, failure_is_shared_and_not_remembered) {
    name_world w;
    w.dns.fails("example.org", record_type::mx, dns_outcome::failed);
    auto const first = w.ask(), second = w.ask();
    w.run_for(100ms);
    ASSERT_TRUE(*first && *second);
    EXPECT_EQ((*second)->outcome, dns_outcome::failed);
    EXPECT_EQ(w.asked(), 1u);
    w.ask();
    EXPECT_EQ(w.asked(), 2u);
}

TEST(remembered_dns, exception_reaches_all_and_holds_nobody_up) {
    name_world w;
    broken_resolver broken(w.clock);
    w.known.emplace(broken, w.clock, core::dns_memory_bounds{10});
    w.ask();
    w.ask();
    w.run_for(100ms);
    EXPECT_EQ(w.thrown, 2);
    w.ask();
    w.run_for(100ms);
    EXPECT_EQ(w.thrown, 3) << "the next one asks anew";
}

TEST(remembered_dns, question_under_way_is_answered_after_its_end) {
    name_world w;
    auto const first = w.ask(), second = w.ask();
    w.known.reset();
    w.run_for(100ms);
    ASSERT_TRUE(*first && *second);
    EXPECT_TRUE((*second)->ok());
}

TEST(remembered_dns, questions_under_way_are_bounded) {
    name_world w;
    constexpr std::size_t most = 4096;
    for (std::size_t i = 0; i < most; ++i) w.ask("d" + std::to_string(i) + ".example.net");
    EXPECT_EQ(w.asked(), most);
    auto const first = w.ask(), second = w.ask();
    EXPECT_EQ(w.asked(), most + 2) << "each goes alone";
    w.run_for(100ms);
    ASSERT_TRUE(*first && *second);
    EXPECT_TRUE((*first)->ok() && (*second)->ok());
    w.ask("other.example.org");
    w.ask("other.example.org");
    EXPECT_EQ(w.asked(), most + 3) << "there is room again";
}

TEST(remembered_dns, two_verifications_of_one_domain_ask_for_its_exchanges_once) {
    test::callout_world w;
    w.dns.delay = 100ms;
    w.serve("example.org", test::callout_peer());
    std::optional<verification> ann, bob;
    w.ask("ann@example.org", 5s, ann);
    w.ask("bob@example.org", 5s, bob);
    w.run_until([&] { return ann && bob; });
    EXPECT_EQ(ann->status, status::pass);
    EXPECT_EQ(bob->status, status::pass);
    std::map<std::pair<std::string, record_type>, int> count;
    for (auto const& one : w.dns.asked) ++count[one];
    for (auto const& [asked, times] : count) EXPECT_EQ(times, 1) << asked.first;
}
