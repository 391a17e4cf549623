#pragma once

#include "policy/default_rules.hpp"
#include "policy/judge.hpp"
#include "policy/sender_callout.hpp"

namespace test {

/// The callout at the end of a policy, with an answer that the test knows beforehand.
class known_answer final : public vouchd::rule {
public:
    explicit known_answer(callout::verification found) : found_(std::move(found)) {}
    std::string_view name() const noexcept override { return "sender-callout"; }
    std::optional<vouchd::ruling> at_once(vouchd::subject const& sender) const override {
        return vouchd::sender_callout::ruling_on(sender, found_);
    }

private:
    callout::verification found_;
};

/// Returns what the default policy decides where a callout finds this.
inline vouchd::decision decided(
    vouchd::subject const& sender, vouchd::config values,
    callout::verification found = callout::verification(callout::status::pass, callout::reason::accepted)) {
    auto const shared = std::make_shared<vouchd::config const>(std::move(values));
    auto steps = vouchd::default_rules(*shared);
    steps.push_back(std::make_unique<known_answer>(std::move(found)));
    vouchd::judge const judge(std::make_shared<vouchd::policy const>(shared, std::move(steps)));
    return judge.at_once(sender).value();
}

}  // namespace test
