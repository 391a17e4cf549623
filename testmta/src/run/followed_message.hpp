#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "milterproto/core/mta/filter_turn.hpp"
#include "milterproto/core/mta/queued_message.hpp"
#include "milterproto/core/wire/frame.hpp"
#include "run/edit.hpp"
#include "script/dialect.hpp"

namespace testmta::run {

/// A message as the MTA has it: what was sent of it to the filter, and what became of it by the filter's
/// edits and verdict (testmta.md 5).
class followed_message {
public:
    explicit followed_message(dialect const& as) : as_(as) {}
    followed_message(followed_message const&) = delete;
    followed_message& operator=(followed_message const&) = delete;

    // what is sent
    void begin(std::string_view sender, std::vector<std::string> parameters);
    void add_recipient(std::string_view path, std::vector<std::string> parameters);
    void add_field(std::string_view name, std::string_view value);
    void add_body(std::string_view bytes);

    // what the filter says
    void refuse_last_recipient();
    /// Takes an edit. Returns what is wrong with it, if anything.
    std::optional<std::string> take_edit(core::frame const& came, core::option_set const& agreed);
    /// The filter's verdict is final for the message; `code` is that of a reply of its own.
    void decide(core::answer verdict, int code);

    // what became of it
    enum class fate { undecided, delivered, rejected, deferred, discarded, quarantined };
    fate becomes() const;
    /// Returns the message after the edits, without the fields that the MTA itself adds.
    core::queued_message const& result() const { return edited_ ? *edited_ : sent_; }
    static bool is_visible(core::queued_header const& field);
    std::vector<edit> const& edits() const noexcept { return edits_; }
    /// Returns what the filter did that is allowed and yet hardly meant.
    std::vector<std::string> take_doubts() { return std::exchange(doubts_, {}); }

private:
    void begin_edits(core::option_set const& agreed);

    dialect const& as_;
    core::queued_message sent_;
    std::optional<core::queued_message> edited_;
    std::optional<core::filter_turn> turn_;
    std::vector<edit> edits_;
    std::vector<std::string> doubts_;
    fate becomes_ = fate::undecided;
};

std::string_view word_of(followed_message::fate what);

}  // namespace testmta::run
