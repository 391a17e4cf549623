#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include "callout/doors/clock.hpp"
#include "policy/policy.hpp"

/// Steps of a test's own.
namespace test {

/// Rules at once, as it was told to, and notes that it looked.
class scripted_rule final : public vouchd::rule {
public:
    scripted_rule(std::string name, vouchd::ruling says, std::vector<std::string>& looked)
        : name_(std::move(name)), says_(std::move(says)), looked_(looked) {}
    std::string_view name() const noexcept override { return name_; }
    std::optional<vouchd::ruling> at_once(vouchd::subject const&) const override {
        looked_.push_back(name_);
        return says_;
    }

private:
    std::string name_;
    vouchd::ruling says_;
    std::vector<std::string>& looked_;
};

/// Waits for a time, and then rules as it was told to.
class scripted_wait final : public vouchd::step {
public:
    scripted_wait(std::string name, callout::clock& clock, std::chrono::milliseconds pause,
                  vouchd::ruling says)
        : name_(std::move(name)), clock_(clock), pause_(pause), says_(std::move(says)) {}
    std::string_view name() const noexcept override { return name_; }
    std::optional<vouchd::ruling> at_once(vouchd::subject const&) const override { return std::nullopt; }
    boost::asio::awaitable<vouchd::ruling> in_time(vouchd::subject const&, vouchd::wish const&,
                                                   callout::steady_time) const override {
        auto const alarm = clock_.make_alarm();
        auto const then = clock_.now() + pause_;
        co_await alarm->wait(then);
        co_return says_;
    }

private:
    std::string name_;
    callout::clock& clock_;
    std::chrono::milliseconds pause_;
    vouchd::ruling says_;
};

/// A fault of ours, after a wait.
class broken_step final : public vouchd::step {
public:
    explicit broken_step(callout::clock& clock) : clock_(clock) {}
    std::string_view name() const noexcept override { return "broken"; }
    std::optional<vouchd::ruling> at_once(vouchd::subject const&) const override { return std::nullopt; }
    boost::asio::awaitable<vouchd::ruling> in_time(vouchd::subject const&, vouchd::wish const&,
                                                   callout::steady_time) const override {
        auto const alarm = clock_.make_alarm();
        auto const then = clock_.now() + std::chrono::milliseconds(1);
        co_await alarm->wait(then);
        throw std::runtime_error("the step is broken");
    }

private:
    callout::clock& clock_;
};

}  // namespace test
