#include "load/load_report.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "host/exit_status.hpp"

namespace testmta::load {
namespace {

using namespace std::chrono_literals;

/// A load of 1000 messages at 100 per second that all passed, each in a millisecond.
class Reported : public testing::Test {
protected:
    Reported() {
        what.messages = 1000;
        what.rate = 100;
        how.all.begun = how.all.passed = 1000;
        for (int i = 0; i != 1000; ++i) how.all.time_of(phase::message).add(1ms);
        how.took = 9'991ms;
    }
    boost::json::value json() const { return boost::json::parse(load_report(what, how).json()); }
    double number(std::string_view name) const { return json().at(name).to_number<double>(); }
    std::string text() const { return load_report(what, how).text(); }
    int status() const { return load_report(what, how).exit_status(); }

    plan what;
    load_result how;
};

TEST_F(Reported, TM_098_ARateThatIsKeptIsReportedWithinTwoPercent) {
    EXPECT_NEAR(number("messages_per_second"), 100, 2);
    EXPECT_NEAR(number("scheduled_per_second"), 100, 1e-6);
    EXPECT_NE(text().find("100.00/s scheduled, 100.00/s achieved, 0.0 % short"), std::string::npos) << text();
    EXPECT_EQ(status(), exit_status::passed);
}

TEST_F(Reported, TM_098_AShortfallIsReported) {
    how.took = 40s;
    EXPECT_NE(text().find("100.00/s scheduled, 25.00/s achieved, 75.0 % short"), std::string::npos) << text();
    EXPECT_EQ(status(), exit_status::passed) << "it is a failure only if --expect-rate says so";
}

TEST_F(Reported, TM_098_OfATimeThatIsUpThatIsDueWhichTheRateGives) {
    what.messages.reset();
    what.time = 20s;
    how.took = 20s;
    EXPECT_NE(text().find("100.00/s scheduled, 50.00/s achieved, 50.0 % short"), std::string::npos) << text();
}

TEST_F(Reported, WithoutARateThereIsNoShortfall) {
    what.rate.reset();
    EXPECT_EQ(text().find("scheduled"), std::string::npos);
    EXPECT_FALSE(json().as_object().contains("scheduled_per_second"));
    EXPECT_NEAR(number("messages_per_second"), 100.09, 0.01);
}

TEST_F(Reported, AnUnmetExpectationFails) {
    what.expected_rate = 99;
    what.expected_p99 = 2ms;
    EXPECT_EQ(status(), exit_status::passed);
    what.expected_rate = 150;
    EXPECT_EQ(status(), exit_status::failed);
    EXPECT_NE(text().find("expected at least 150.00 messages/s, got 100.00"), std::string::npos) << text();
    what.expected_rate.reset();
    what.expected_p99 = 900us;
    EXPECT_EQ(status(), exit_status::failed);
    EXPECT_NE(text().find("expected a p99 of at most 900us, got 1.000 ms"), std::string::npos) << text();
}

TEST_F(Reported, AP99OfNoMessageIsNotMet) {
    how.all = tally();
    what.expected_p99 = 1s;
    EXPECT_EQ(status(), exit_status::failed);
    EXPECT_NE(text().find("got no message with an end"), std::string::npos) << text();
}

TEST_F(Reported, TM_100_WhatWasUnderWayWhenTheFilterDiedIsLost) {
    how.all.passed = 990;
    how.all.lost = 3;
    how.ended_early = early_end::no_filter;
    how.why = "cannot connect";
    EXPECT_EQ(status(), exit_status::no_filter);
    EXPECT_NE(text().find("1000 of 1000 messages begun: 990 passed, 0 failed, 10 lost\n"), std::string::npos)
        << text();
    EXPECT_NE(text().find("ended early: cannot connect"), std::string::npos);
    how.ended_early = early_end::silent_filter;
    EXPECT_EQ(status(), exit_status::failed);
}

TEST_F(Reported, AnInterruptionLosesNothing) {
    how.all.passed = 990;
    how.was_interrupted = true;
    EXPECT_EQ(status(), exit_status::failed);
    EXPECT_NE(text().find("990 passed, 0 failed, 0 lost, 10 under way\n"), std::string::npos) << text();
}

TEST_F(Reported, TM_096_ErrorsOfAKindAreCountedAndTheFirstIsShown) {
    for (auto const* first : {"one\n", "two\n"})
        how.all.add_error("rcpt: reject", [&] { return std::string(first); });
    tally other;
    other.add_error("rcpt: reject", [] { return std::string("three\n"); });
    other.add_error("eom: tempfail", [] { return std::string("four\n"); });
    how.all.merge(other);
    EXPECT_NE(text().find("3 x rcpt: reject; the first one:\n  one\n"), std::string::npos) << text();
    EXPECT_NE(text().find("1 x eom: tempfail; the first one:\n  four\n"), std::string::npos) << text();
    EXPECT_EQ(text().find("two"), std::string::npos);
    EXPECT_EQ(status(), exit_status::failed);
}

TEST_F(Reported, AScriptOfWhichAllIsSkipped) {
    how.all.passed = 0;
    how.all.skipped = 1000;
    EXPECT_EQ(status(), exit_status::skipped);
}

}  // namespace
}  // namespace testmta::load
