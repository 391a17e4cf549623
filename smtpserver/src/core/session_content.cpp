#include <algorithm>
#include <string>
#include <utility>

#include "core/auth_exchange.hpp"
#include "smtpserver/core/session.hpp"

namespace smtpserver {

namespace {

reply too_large() {
    return {552, "5.3.4 The message is too large"};
}

std::string several(std::string const& octets, std::size_t times) {
    std::string all;
    for (; times != 0; --times) all += octets;
    return all;
}

}  // namespace

session::step session::take(conversation::piece part) {
    if (content_refusal()) intake_.refuse();
    switch (intake_.take(part.octets.size())) {
        case core::intake::verdict::keep: return action::take_content{part.octets};
        case core::intake::verdict::drop: break;
        case core::intake::verdict::too_much:
            end_with({421, "4.7.0 The message is much too large"}, abandonment::refused);
            break;
    }
    return std::nullopt;
}

/// Returns why the message that is coming will be refused.
std::optional<reply> session::content_refusal() const {
    if (intake_.is_too_large()) return too_large();
    if (options_->line_ends != bare_line_ends::reject) return std::nullopt;
    auto const& found = conversation_.faults();
    if (found.long_line) return reply(554, "5.6.0 A line of the message is too long");
    if (transaction().mail.body == body_type::binary_mime) return std::nullopt;
    if (found.bare_lf) return reply(550, "5.5.2 The message has an LF without CR");
    if (found.bare_cr) return reply(550, "5.5.2 The message has a CR without LF");
    if (found.nul) return reply(554, "5.6.0 The message has a NUL");
    return std::nullopt;
}

/// In LMTP each recipient has its own (RFC 2033 4.2).
std::size_t session::replies_to_message() const noexcept {
    bool const is_lmtp = options_->protocol == protocol::lmtp;
    return is_lmtp ? std::max<std::size_t>(transaction().recipients.size(), 1) : 1;
}

session::step session::end_of_content(command const& what) {
    auto const refusal = content_refusal();
    if (!refusal) {
        message_facts const facts{intake_.received(), conversation_.faults()};
        return ask(question::message, what, action::ask_message{facts});
    }
    auto said = several(refusal->encode(form()), replies_to_message());
    abandon(abandonment::refused);
    deliver(tally_.error(), std::move(said));
    return std::nullopt;
}

void session::settle_message(std::vector<reply> const& given) {
    asked_ = question::none;
    auto const what = *std::exchange(open_, nullptr);
    auto const at = [&](std::size_t i) {
        return i < given.size() && given[i].is_final() ? given[i] : reply::internal_error();
    };
    auto const all = std::max<std::size_t>(transaction().recipients.size(), 1);
    std::size_t taken = 0;
    while (taken < all && !at(taken).positive()) ++taken;
    bool const is_taken = taken < all;
    bool const is_lmtp = options_->protocol == protocol::lmtp;
    std::string said;
    bool closes = false;
    for (std::size_t i = 0; i < (is_lmtp ? all : 1); ++i) {
        auto const one = at(is_lmtp ? i : is_taken ? taken : 0);
        said += one.encode(form());
        closes = closes || one.closes();
    }
    conversation_.answered(what, reply(250));
    abandon(abandonment::refused);  // nothing is under way, so nobody is told
    if (closes) {
        output_ += said;
        phase_ = phase::ending;
    } else if (is_taken) {
        tally_.message();
        output_ += said;
    } else {
        deliver(tally_.error(), std::move(said));
    }
}

/// Its bytes follow, so a refusal waits until they are thrown away.
session::step session::bdat(command const& what, std::optional<reply> refusal) {
    if (!conversation_.is_in_content()) {  // nobody knows how many bytes follow, so what comes is no command
        if (options_->offers.has(extension::chunking)) {
            end_with(refusal ? *refusal : reply(501), abandonment::broken);
        } else {
            refuse(what, refusal ? *refusal : reply(502));
        }
        return std::nullopt;
    }
    chunk_size_ = conversation_.chunk_left();
    chunk_replies_ = conversation_.is_last_chunk() ? replies_to_message() : 1;
    if (!refusal && !intake_.fits(chunk_size_)) {
        refusal = too_large();
        abandon(abandonment::refused);
    }
    chunk_refusal_ = refusal ? std::make_unique<reply>(*std::move(refusal)) : nullptr;
    if (!chunk_refusal_) {
        conversation_.answered(what, reply(250));
    } else if (chunk_size_ > options_->limits.discarded) {
        end_with({421, "4.7.0 The chunk is much too large"}, abandonment::refused);
    }
    return std::nullopt;
}

session::step session::take(conversation::end_of_chunk) {
    if (auto const refusal = std::exchange(chunk_refusal_, nullptr)) {
        deliver(tally_.error(), several(refusal->encode(form()), chunk_replies_));
        return std::nullopt;
    }
    auto said = reply(250, "2.0.0 " + std::to_string(chunk_size_) + " octets received").encode(form());
    auto const how = chunk_size_ < limits::small_chunk ? tally_.junk() : core::tally::verdict::fine;
    deliver(how, std::move(said));
    return std::nullopt;
}

}  // namespace smtpserver
