#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "callout/testing/seeded_random.hpp"
#include "sending/session.hpp"
#include "submission/support/recorder.hpp"
#include "submission/support/script.hpp"
#include "submission/support/still_clock.hpp"

namespace submission::testing {

/// A session without a network, which records what it says and tells as a `script` writes it.
class played_client {
public:
    /// Reads the script for itself, because a batch is not copied.
    explicit played_client(std::string const& path);

    void feed(std::string_view octets);
    /// Does what a script says after `@`.
    void happen(std::string const& directive);
    /// Returns what was recorded since the last call.
    std::string take_record() { return watching_.take(); }
    submission::batch& batch() noexcept { return script_.batch; }
    std::size_t largest_output() const noexcept { return largest_output_; }

private:
    void begin(sending::opening how);
    void run();
    void write();
    void measure(message& what);
    void fill(message& what);
    void end();
    std::string content_of(message& what);

    script script_;
    still_clock clock_;
    callout::testing::seeded_random chance_;
    recorder watching_;
    std::optional<sending::notifier> tell_;
    std::optional<sending::session> session_;
    std::string content_;
    std::size_t content_at_ = 0;
    std::size_t largest_output_ = 0;
    bool is_over_ = false;
    bool is_shaking_hands_ = false;
};

}  // namespace submission::testing
