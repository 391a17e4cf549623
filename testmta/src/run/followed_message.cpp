#include "run/followed_message.hpp"

#include <array>
#include <utility>

namespace testmta::run {

namespace {

using fate = followed_message::fate;
using origin = core::queued_header::origin;

fate of_verdict(core::answer verdict, int code) {
    switch (verdict) {
        case core::answer::reject: return fate::rejected;
        case core::answer::tempfail:
        case core::answer::shutdown:
        case core::answer::conn_fail: return fate::deferred;
        case core::answer::discard: return fate::discarded;
        case core::answer::reply_code: return code >= 500 ? fate::rejected : fate::deferred;
        default: return fate::delivered;
    }
}

}  // namespace

void followed_message::begin(std::string_view sender, std::vector<std::string> parameters) {
    sent_ = {};
    turn_.reset();
    edited_.reset();
    edits_.clear();
    becomes_ = fate::undecided;
    sent_.sender = core::without_brackets(sender);
    sent_.sender_parameters = std::move(parameters);
    // The MTA's own fields are counted where a filter inserts others (testmta.md 5, 2).
    auto const own = [&](std::string name) {
        sent_.headers.emplace_back(std::move(name), "", origin::own_trace);
    };
    if (as_.name == "sendmail") own("Return-Path");
    if (as_.name == "sendmail" || as_.name == "postfix") own("Received");
}

void followed_message::add_recipient(std::string_view path, std::vector<std::string> parameters) {
    sent_.recipients.emplace_back(std::string(core::without_brackets(path)), std::move(parameters));
}

void followed_message::refuse_last_recipient() {
    if (!sent_.recipients.empty()) sent_.recipients.pop_back();
}

void followed_message::add_field(std::string_view name, std::string_view value) {
    sent_.headers.emplace_back(std::string(name), std::string(value));
}

void followed_message::add_body(std::string_view bytes) {
    sent_.body.append(bytes);
}

void followed_message::begin_edits(core::option_set const& agreed) {
    if (turn_) return;
    edited_ = sent_;
    turn_.emplace(*edited_, as_.mta, agreed);
}

std::optional<std::string> followed_message::take_edit(core::frame const& came,
                                                       core::option_set const& agreed) {
    auto const asked = core::decode_modification(static_cast<core::answer>(came.letter), came.payload);
    if (!asked) return asked.error().message();
    begin_edits(agreed);
    edits_.emplace_back(*asked);
    auto const& one = edits_.back();
    auto const counted = one.what == edit_kind::change_header || one.what == edit_kind::delete_header;
    if (counted && one.index == 0) doubts_.push_back(one.describe() + " counts from 1, so 0 acts like 1");
    auto const done = turn_->apply(*asked);
    if (!done) return done.error().message();
    return std::nullopt;
}

void followed_message::decide(core::answer verdict, int code) {
    becomes_ = of_verdict(verdict, code);
    if (becomes_ != fate::delivered) {
        edited_.reset();  // nobody will see the edits of a message that is not delivered (TM-075)
        turn_.reset();
        return;
    }
    begin_edits({});
    turn_->finish(verdict);
    if (edited_->becomes == core::queued_message::fate::discarded) becomes_ = fate::discarded;
    if (edited_->quarantine) becomes_ = fate::quarantined;
    turn_.reset();
}

fate followed_message::becomes() const {
    return becomes_;
}

bool followed_message::is_visible(core::queued_header const& field) {
    return field.from != origin::own_trace && !field.deleted;
}

std::string_view word_of(followed_message::fate what) {
    static constexpr std::array<std::string_view, 6> words = {"undecided", "delivered", "rejected",
                                                              "deferred",  "discarded", "quarantined"};
    return words.at(static_cast<std::size_t>(what));
}

}  // namespace testmta::run
