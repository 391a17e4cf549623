#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <variant>

#include "milterproto/filter.hpp"

namespace milterproto::fuzz {

inline void require(bool condition, char const* what) {
    if (condition) return;
    std::fprintf(stderr, "broken: %s\n", what);
    std::abort();
}

inline any_verdict verdict_of(char letter) {
    if (letter == 'y') return any_verdict(smtp_reply::make(550, "5.7.1", "n\xc3\xb6").value());
    return static_cast<core::answer>(letter);
}

/// What an author does, and what was shown to it.
struct author_notes {
    explicit author_notes(std::string_view settings) : decides_negotiation((settings[3] & 1) != 0) {
        for (std::size_t i = 0; i != 3; ++i) steps |= static_cast<unsigned char>(settings[i]) << 8 * i;
    }

    std::uint32_t steps = 0;
    bool decides_negotiation;
    char verdict = 'c';
    enum { answers, waits, throws } how = answers;

    bool is_under_way = false;  ///< an event was shown that is not settled
    bool is_at_end = false;     ///< it was the end of a message
    bool in_message = false;
    bool is_closed = false;
    std::size_t closes = 0;
};

/// An author that does what its notes say, and checks the order of what it is shown.
class watched_author final : public filter {
public:
    explicit watched_author(author_notes& all) : notes_(all) {}

private:
    std::shared_ptr<core::filter_wishes const> wishes(missing_edits) const override {
        auto made = std::make_shared<core::filter_wishes>();
        made->wanted_steps = notes_.steps;
        made->wanted_actions = core::action::add_headers;
        return made;
    }
    core::negotiated_by negotiation() const override {
        return notes_.decides_negotiation ? core::negotiated_by::filter : core::negotiated_by::wishes;
    }
    response show(connection&, core::filter_event const& event, edit_sink&) override {
        require(!std::exchange(notes_.is_under_way, true), "one callback at a time");
        look_at(event);
        if (notes_.how == author_notes::throws) throw std::runtime_error("broken");
        if (notes_.how == author_notes::waits) return task_of_nothing();
        return verdict_of(notes_.verdict);
    }
    void settled(core::filter_event const&, any_verdict const&, message_is now) override {
        require(std::exchange(notes_.is_under_way, false), "what was shown is settled once");
        notes_.in_message = now == message_is::open;
    }
    void look_at(core::filter_event const& event) {
        bool const aborts = std::holds_alternative<core::abort_event>(event);
        bool const closes = std::holds_alternative<core::close_event>(event);
        bool const begins = std::holds_alternative<mail_event>(event);
        bool const negotiates = std::holds_alternative<core::negotiate_event>(event);
        // Without MAIL the filter does not see every beginning of a message.
        bool const sees_beginnings = (notes_.steps & core::step::no_mail) == 0;
        require(!aborts || notes_.in_message || !sees_beginnings, "abort comes in a message");
        require(!notes_.in_message || !(closes || begins), "abort comes before close and the next sender");
        notes_.is_at_end = std::holds_alternative<eom_event>(event);
        notes_.closes += closes ? 1 : 0;
        // A negotiation belongs to no SMTP connection.
        notes_.is_closed = closes || (notes_.is_closed && negotiates);
    }
    static task<void> task_of_nothing() { co_return; }

    author_notes& notes_;
};

}  // namespace milterproto::fuzz
