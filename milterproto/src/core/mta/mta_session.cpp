#include "milterproto/core/mta/mta_session.hpp"

#include <algorithm>
#include <utility>

#include "milterproto/core/wire/codec.hpp"

namespace milterproto::core {

namespace {

/// At most this many bytes of a content are written ahead when nothing is answered.
constexpr std::size_t written_ahead = 256 * 1024;

constexpr char letter(command what) noexcept {
    return static_cast<char>(what);
}

constexpr std::size_t frame_head = 5;

/// Both MTAs send the macros of a command that the filter declined, but not those of declined content (3.5).
constexpr bool macros_are_sent_anyway(command_traits const& traits) noexcept {
    return traits.stage < message_stage::header || traits.stage == message_stage::end_of_message;
}

}  // namespace

mta_session::mta_session(mta_dialect const& as)
    : dialect_(as), reader_(limits::filter_reply), macros_(dialect_.macros) {}

// ---- what happens in SMTP ----

issued mta_session::begin(option_set const& offer) {
    dialect_.negotiation.offer = offer;
    dialect_.negotiation.greatest_version = offer.version;
    return begin();
}

issued mta_session::begin() {
    bool const insisted = std::exchange(insists_, false);
    if (standing_ != standing::fresh && !insisted) return issued::withheld;
    if (over()) return issued::withheld;
    standing_ = standing::offered;
    append_offer(output_, dialect_.negotiation.offer);
    await(traits_of(command::negotiate));
    return issued::awaits_answer;
}

issued mta_session::connect(std::string_view hostname, family kind, std::uint16_t port,
                            std::string_view address) {
    if (auto const refusal = closed_gate(command::connect)) return *refusal;
    return issue(traits_of(command::connect),
                 [&] { append_client(output_, dialect_.spelling, {hostname, kind, port, address, {}}); });
}

issued mta_session::helo(std::string_view name) {
    if (auto const refusal = closed_gate(command::helo)) return *refusal;
    if (dialect_.order.at_greeting == order_rules::greeting::abort_first) message_over();
    return issue_strings(command::helo, {name});
}

issued mta_session::mail(std::string_view path, strings parameters) {
    // A decided message ends with the next sender at the latest. The id already belongs to the next message.
    if (message_.decided && !is_busy()) {
        auto id = std::move(queue_id_);
        message_over();
        queue_id_ = std::move(id);
    }
    if (auto const refusal = closed_gate(command::mail)) return *refusal;
    message_ = {};
    message_.open = true;
    message_.stage = message_stage::mail;
    return issue_path(command::mail, path, parameters);
}

issued mta_session::rcpt(std::string_view path, strings parameters) {
    if (auto const refusal = closed_gate(command::rcpt)) return *refusal;
    refused_recipient_ = false;
    return issue_path(command::rcpt, path, parameters);
}

issued mta_session::refused_rcpt(std::string_view path, strings parameters, std::string_view status,
                                 std::string_view text) {
    if ((agreed_.steps & step::rejected_recipients) == 0) {
        insists_ = false;
        return issued::withheld;
    }
    if (auto const refusal = closed_gate(command::rcpt)) return *refusal;
    refused_recipient_ = true;
    macros_.set_once(command::rcpt, "{rcpt_mailer}", "error");
    macros_.set_once(command::rcpt, "{rcpt_host}", status);
    macros_.set_once(command::rcpt, "{rcpt_addr}", text);
    return issue_path(command::rcpt, path, parameters);
}

issued mta_session::data() {
    if (auto const refusal = closed_gate(command::data)) return *refusal;
    return issue_strings(command::data, {});
}

issued mta_session::unknown(std::string_view line) {
    if (auto const refusal = closed_gate(command::unknown)) return *refusal;
    if (dialect_.spelling.unknown == spelling_rules::unknown_command::first_word)
        line = line.substr(0, line.find(' '));
    return issue_strings(command::unknown, {line});
}

issued mta_session::content(std::span<header_view const> headers, std::string_view body) {
    if (auto const refusal = closed_gate(command::end_of_message)) return *refusal;
    // Where the content was begun in single steps, only the rest is sent.
    if (message_.stage > message_stage::header) headers = {};
    plan_ = plan{true, headers, body_cutter(body)};
    pump();
    return is_busy() ? issued::awaits_answer : issued::withheld;
}

issued mta_session::reset() {
    auto const insisted = std::exchange(insists_, false);
    if (is_busy()) return issued::too_early;
    bool const aborts = standing_ == standing::ready && (insisted || in_message());
    if (aborts) append_frame(output_, letter(command::abort));
    forget_message();
    return aborts ? issued::unanswered : issued::withheld;
}

issued mta_session::starttls() {
    if (is_busy()) return issued::too_early;
    if (standing_ != standing::ready) return issued::withheld;
    auto const before = output_.size();
    if (dialect_.order.of_greeting == order_rules::reset::aborts) {
        greeting_over();
        greeted_ = false;
    }
    return output_.size() != before ? issued::unanswered : issued::withheld;
}

issued mta_session::quit() {
    insists_ = false;
    if (is_busy()) return issued::too_early;
    if (standing_ == standing::over) return issued::withheld;
    if (standing_ == standing::fresh) {
        leave(order_rules::leaving::drops);
        return issued::withheld;
    }
    if (dialect_.order.of_greeting == order_rules::reset::aborts && standing_ == standing::ready)
        greeting_over();
    leave(order_rules::leaving::quits);
    return issued::unanswered;
}

issued mta_session::quit_nc() {
    insists_ = false;
    if (is_busy()) return issued::too_early;
    if (standing_ != standing::ready && standing_ != standing::parked) return issued::withheld;
    append_frame(output_, letter(command::quit_nc));
    forget_message();
    standing_ = standing::ready;
    past_connect_ = greeted_ = false;
    return issued::unanswered;
}

issued mta_session::client_gone() {
    bool const in_content = message_.stage >= message_stage::data;
    bool const drops =
        in_content && dialect_.order.when_client_drops_in_content == order_rules::leaving::drops;
    if (!drops) return quit();
    if (is_busy()) return issued::too_early;
    leave(order_rules::leaving::drops);
    return issued::withheld;
}

// ---- the content in single steps ----

issued mta_session::header(std::string_view name, std::string_view value) {
    if (auto const refusal = closed_gate(command::header)) return *refusal;
    return issue_header({name, value});
}

issued mta_session::end_of_headers() {
    if (auto const refusal = closed_gate(command::end_of_headers)) return *refusal;
    return issue_strings(command::end_of_headers, {});
}

issued mta_session::body(std::string_view chunk) {
    if (auto const refusal = closed_gate(command::body)) return *refusal;
    if (chunk.empty()) return issued::withheld;
    return issue(traits_of(command::body), [&] { append_frame(output_, letter(command::body), chunk); });
}

issued mta_session::end_of_message(std::string_view last_chunk) {
    if (auto const refusal = closed_gate(command::end_of_message)) return *refusal;
    return issue(traits_of(command::end_of_message),
                 [&] { append_frame(output_, letter(command::end_of_message), last_chunk); });
}

// ---- faults on purpose ----

void mta_session::raw_frame(char letter, std::string_view payload) {
    append_frame(output_, letter, payload);
}

void mta_session::expect_answer(command to) {
    await(traits_of(to));
}

void mta_session::forgo_answer() {
    if (awaited_ == nullptr || !negotiated()) return;
    advance(*std::exchange(awaited_, nullptr), consent::assumed);
}

// ---- writing ----

bool mta_session::is_busy() const noexcept {
    return awaited_ != nullptr || plan_.running;
}

/// Returns why the command is not written now, or nothing if it is.
std::optional<issued> mta_session::closed_gate(command what) {
    insisted_ = std::exchange(insists_, false);
    if (standing_ == standing::over) return issued::withheld;
    if (is_busy()) return issued::too_early;
    if (insisted_) return std::nullopt;
    if (standing_ == standing::parked) return issued::withheld;
    if (standing_ != standing::ready) return issued::too_early;
    auto const& traits = traits_of(what);
    bool const comes_late = std::exchange(past_connect_, true) && what == command::connect;
    if (traits.stage == message_stage::none) {
        if (comes_late) return issued::withheld;
        return std::nullopt;
    }
    if (is_in_order(traits)) return std::nullopt;
    // The client has sent all of a message that the filter decided before.
    if (what == command::end_of_message && message_.decided) message_over();
    return issued::withheld;
}

/// Returns whether an MTA would send the command at this point of the transaction (MP-181, 5.7, 5.8).
bool mta_session::is_in_order(command_traits const& traits) const noexcept {
    if (traits.command == command::mail) return !message_.open;
    if (!message_.open || message_.decided) return false;
    if (traits.command == command::rcpt) return message_.stage <= message_stage::rcpt;
    if (message_.recipients == 0 || message_.stage > traits.latest_before) return false;
    if (traits.command == command::data) return message_.stage <= message_stage::rcpt;
    if (traits.command == command::body && message_.body_skipped) return false;
    return message_.stage >= message_stage::data;
}

/// Appends macros and the frame that `write` makes, and does what follows if no answer will come.
template <class Write>
issued mta_session::issue(command_traits const& traits, Write write) {
    bool const silenced = silenced_ == letter(traits.command);
    if (!silenced) silenced_ = '\0';
    // Sendmail takes an agreement to version 0, and treats it as version 2.
    auto const version = std::max(agreed_.version, oldest_version);
    bool const unheard_of = silenced || traits.since_version > version;
    if (unheard_of && !insisted_) {
        macros_.forget_once(traits.command);
        advance(traits, consent::assumed);
        return issued::withheld;
    }
    bool const declined = is_declined(traits) && !insisted_;
    if (!declined || macros_are_sent_anyway(traits)) write_macros(traits.command);
    if (declined) {
        advance(traits, consent::assumed);
        return issued::withheld;
    }
    auto const before = output_.size();
    write();
    bool const too_long = output_.size() - before > frame_head + payload_limit();
    if (too_long && dialect_.spelling.too_long == spelling_rules::oversize::fails_filter) {
        fail(errc::command_too_long);
        return issued::withheld;
    }
    if (is_answered(traits)) {
        await(traits);
        return issued::awaits_answer;
    }
    advance(traits, consent::assumed);
    return issued::unanswered;
}

issued mta_session::issue_strings(command what, std::initializer_list<std::string_view> texts) {
    return issue(traits_of(what), [&] { append_strings(output_, letter(what), texts); });
}

issued mta_session::issue_path(command what, std::string_view path, strings parameters) {
    words_.assign(1, path);
    words_.insert(words_.end(), parameters.begin(), parameters.end());
    return issue(traits_of(what), [&] { append_strings(output_, letter(what), words_); });
}

issued mta_session::issue_header(header_view field) {
    bool const kept = (agreed_.steps & step::header_leading_space) != 0;
    return issue(traits_of(command::header), [&] {
        append_header(output_, field, kept ? leading_space::is_kept : leading_space::is_eaten);
    });
}

void mta_session::write_macros(command what) {
    if (!queue_id_.empty()) {
        bool const early = dialect_.macros.queue_id == macro_rules::id::from_mail;
        bool const has_id = message_.open && (early || message_.recipients != 0);
        if (has_id) {
            macros_.set("i", queue_id_);
        } else {
            macros_.unset("i");
        }
    }
    macros_.append(output_, what);
}

void mta_session::await(command_traits const& traits) noexcept {
    awaited_ = &traits;
    command_since_ = packet_since_ = now_;
    body_run_ = body_run::none;
    spoiled_ = false;
}

void mta_session::pump() {
    while (plan_.running && awaited_ == nullptr && output().size() < written_ahead) write_next_of_content();
}

void mta_session::write_next_of_content() {
    if (!plan_.headers.empty()) {
        auto const field = plan_.headers.front();
        plan_.headers = plan_.headers.subspan(1);
        issue_header(field);
    } else if (message_.stage < message_stage::end_of_headers) {
        issue_strings(command::end_of_headers, {});
    } else if (!plan_.body.is_done() && !message_.body_skipped) {
        auto const& traits = traits_of(command::body);
        auto const result = issue(traits, [&] { plan_.body.append_chunk(output_, payload_limit()); });
        if (result == issued::withheld) message_.body_skipped = true;
    } else {
        plan_.running = false;
        issue_strings(command::end_of_message, {});
    }
}

bool mta_session::is_declined(command_traits const& traits) const noexcept {
    return (agreed_.steps & traits.declined_by) != 0;
}

bool mta_session::is_answered(command_traits const& traits) const noexcept {
    return (agreed_.steps & traits.unanswered_by) == 0;
}

std::size_t mta_session::payload_limit() const noexcept {
    auto const both = agreed_.steps & dialect_.negotiation.offer.steps;
    if ((both & step::chunks_1m) != 0) return limits::payload_1m;
    return (both & step::chunks_256k) != 0 ? limits::payload_256k : limits::payload;
}

// ---- bytes ----

void mta_session::sent(std::size_t count) noexcept {
    written_ += std::min(count, output_.size() - written_);
    if (written_ != output_.size()) return;
    output_.clear();
    written_ = 0;
}

}  // namespace milterproto::core
