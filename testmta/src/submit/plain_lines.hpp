#pragma once

#include <iosfwd>

#include "submission/events.hpp"

namespace testmta::submit {

/// Whether there is a person who sees the progress of a message.
enum class progress { hidden, shown };

/// Tells a person what matters, and shows a bar while a message is sent.
class plain_lines final : public submission::observer {
public:
    plain_lines(std::ostream& to, progress bar) : to_(to), bar_(bar) {}
    void on(submission::any_event const& what, callout::steady_time when) override;

private:
    void show(submission::event::message_progress const& e);

    std::ostream& to_;
    progress bar_;
    bool is_bar_open_ = false;
};

/// Returns a bar of so many of all octets, such as "[#####     ]  50 %".
std::string bar_of(std::uint64_t octets, std::uint64_t of);

}  // namespace testmta::submit
