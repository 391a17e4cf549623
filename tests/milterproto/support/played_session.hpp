#pragma once

#include <string>
#include <string_view>

#include "milterproto/core/filter/filter_session.hpp"
#include "script.hpp"

namespace milterproto::test {

/// A filter session under way, whose filter does what the script says, and what was seen of it.
class played_session {
public:
    played_session(script const& from, core::filter_wishes const& wishes) : script_(from), session_(wishes) {
        drain();
    }

    /// A line that begins with `>`.
    void say(std::string_view text);
    void feed(std::string_view bytes);
    void end(errc why);
    /// What follows is the part of the script that begins there, after something that no script tells of.
    void begin_again(std::string_view bytes_before, std::size_t event);
    void note(std::string const& text) { seen_ += text + '\n'; }
    std::string const& seen() const { return seen_; }

    std::size_t events() const { return events_; }
    bool has_agreed() const { return session_.negotiated(); }
    bool is_in_message() const { return session_.in_message(); }
    /// Could another command follow?
    bool goes_on() const { return !finished_ && !session_.mid_frame(); }

private:
    void drain();
    void show(core::filter_event const& event);
    std::string look_up(std::string_view text) const;
    std::string change(std::string_view text);
    std::string answer(std::string const& verdict);
    void take_output();

    script const& script_;
    core::filter_session session_;
    std::size_t events_ = 0;
    bool is_scripted_ = true;
    bool finished_ = false;
    std::string seen_;
};

}  // namespace milterproto::test
