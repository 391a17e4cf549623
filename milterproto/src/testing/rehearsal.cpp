#include "milterproto/rehearsal.hpp"

#include "milterproto/answering.hpp"

#include <algorithm>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <map>
#include <stdexcept>

#include "milterproto/core/codec.hpp"

namespace milterproto {

namespace {

namespace asio = boost::asio;
using clock = std::chrono::steady_clock;

constexpr std::string_view blanks = " ";

std::vector<std::string> words_of(std::string_view text) {
    std::vector<std::string> words;
    for (auto begin = text.find_first_not_of(blanks); begin != text.npos;
         begin = text.find_first_not_of(blanks, begin)) {
        auto const end = std::min(text.find_first_of(blanks, begin), text.size());
        words.emplace_back(text.substr(begin, end - begin));
        begin = end;
    }
    return words;
}

/// As the MTA writes it behind `mail_addr`: without brackets.
std::string address_in(std::string_view path) {
    if (path.starts_with('<')) path.remove_prefix(1);
    if (path.ends_with('>')) path.remove_suffix(1);
    return std::string(path);
}

/// The stage whose macros go before a command; none for those that have no macros of their own.
std::optional<core::macro_stage> macro_stage_of(core::command which) {
    using command = core::command;
    switch (which) {
        case command::connect: return core::macro_stage::connect;
        case command::helo: return core::macro_stage::helo;
        case command::mail: return core::macro_stage::mail;
        case command::rcpt: return core::macro_stage::rcpt;
        case command::data: return core::macro_stage::data;
        case command::end_of_headers: return core::macro_stage::end_of_headers;
        case command::end_of_message: return core::macro_stage::end_of_message;
        default: return std::nullopt;
    }
}

std::string with_crlf(std::string_view text) {
    std::string lines;
    for (char const c : text) {
        if (c == '\n' && !lines.ends_with('\r')) lines += '\r';
        lines += c;
    }
    return lines;
}

std::string with_lf(std::string_view text) {
    std::string lines(text);
    std::erase(lines, '\r');
    return lines;
}

/// Postfix makes one of two, Sendmail too.
std::string with_single_percents(std::string_view text) {
    std::string single;
    for (std::size_t i = 0; i != text.size(); ++i) {
        single += text[i];
        if (text.substr(i, 2) == "%%") ++i;
    }
    return single;
}

}  // namespace

// ---- what MTAs are like ----

mta_profile mta_profile::postfix(std::uint32_t milter_protocol) {
    constexpr std::uint32_t steps_2 = 0x7f;
    constexpr std::uint32_t steps_3 = 0x17f;
    constexpr std::uint32_t steps_4 = 0x37f;
    std::uint32_t steps = core::step::all;
    switch (milter_protocol) {
        case 2: steps = steps_2; break;
        case 3: steps = steps_3; break;
        case 4: steps = steps_4; break;
        case 6: break;
        default: throw std::logic_error("rehearsal: Postfix has milter_protocol 2, 3, 4 and 6");
    }
    mta_profile made({milter_protocol, core::action::all, steps}, empty_list::default_macros);
    made.macros = {"j {daemon_name} {daemon_addr} v _",
                   "{tls_version} {cipher} {cipher_bits} {cert_subject} {cert_issuer}",
                   "i {auth_type} {auth_authen} {auth_author} {mail_addr} {mail_host} {mail_mailer}",
                   "i {rcpt_addr} {rcpt_host} {rcpt_mailer}",
                   "i",
                   "i",
                   "i"};
    return made;
}

mta_profile mta_profile::sendmail() {
    mta_profile made({core::newest_version, core::action::all, core::step::all}, empty_list::none);
    made.macros = {
        "j _ {daemon_name} {if_name} {if_addr}",
        "{tls_version} {cipher} {cipher_bits} {cert_subject} {cert_issuer}",
        "i {auth_type} {auth_authen} {auth_ssf} {auth_author} {mail_mailer} {mail_host} {mail_addr}",
        "{rcpt_mailer} {rcpt_host} {rcpt_addr}",
        "",
        "{msg_id}",
        ""};
    return made;
}

// ---- the MTA ----

class rehearsal::played_mta final : public std::enable_shared_from_this<played_mta>, private edit_desk {
public:
    played_mta(std::unique_ptr<filter> author, rehearsal_options const& options)
        : options_(options),
          own_loop_(options.loop == nullptr ? std::make_unique<asio::io_context>(1) : nullptr),
          loop_(own_loop_ ? *own_loop_ : *options.loop),
          filter_(std::move(author)),
          machine_(filter_->wishes(options.missing), limits::payload, filter_->negotiation()),
          context_(machine_),
          event_(core::need_input{}) {
        macros_["j"] = "mx.example.net";
    }

    void negotiate();
    /// Sends a command with its macros, if it is to be sent now.
    rehearsal_answer say(core::command what, std::string const& packet);
    /// What is not answered: abort, quit.
    void tell(core::command what);
    void vanish();

    core::agreement const& agreed() const { return machine_.agreed(); }
    bool takes(std::uint32_t step) const { return (agreed().options.steps & step) != 0; }
    bool has_ended() const { return has_ended_; }
    std::vector<std::string> const& thrown() const { return thrown_; }
    std::size_t misplaced_verdicts() const { return misplaced_verdicts_; }
    std::array<std::optional<std::string>, core::macro_stages> const& asked() const { return asked_; }
    asio::io_context& loop() { return loop_; }
    void define(std::string name, std::string value) { macros_[std::move(name)] = std::move(value); }
    void interrupt_next(core::command how, std::chrono::milliseconds after) { interruption_ = {how, after}; }
    /// Ends what waits on a loop of our own, which then holds us no longer.
    void let_go() { auto const ending = std::move(own_loop_); }

private:
    /// How the MTA ends the wait for an answer.
    struct interruption {
        core::command how;
        std::chrono::milliseconds after;
    };
    /// A callback's task, and what came of it.
    struct awaited {
        std::optional<any_verdict> verdict;
        std::exception_ptr thrown;
        bool is_over = false;
        asio::cancellation_signal cancel;
    };

    void check_order(core::command_traits const& traits) const;
    bool is_sent(core::command_traits const& traits) const;
    std::string macros_for(core::command what) const;
    void feed(std::string_view octets);
    void advance();
    void show();
    void await(response given);
    static task<> keep(std::shared_ptr<played_mta> self, response given, std::shared_ptr<awaited> into);
    bool wait_for(awaited const& callback, std::chrono::milliseconds time);
    void leave();
    void conclude(any_verdict verdict);
    void conclude_exception(std::exception_ptr const& thrown);
    void settle(any_verdict const& verdict);
    void collect();
    void collect_negotiation(std::string_view payload);
    void collect_edit(core::frame const& packet);
    void settle(core::command_traits const& traits);
    std::string as_written(std::string_view value) const;

    core::edits& changes() override { return machine_.changes(); }
    void send_now() override {}

    rehearsal_options options_;
    std::unique_ptr<asio::io_context> own_loop_;
    asio::io_context& loop_;
    std::unique_ptr<filter> filter_;
    core::filter_session machine_;
    answering answering_{machine_};
    connection context_;
    core::filter_event event_;

    std::map<std::string, std::string, std::less<>> macros_;
    std::array<std::optional<std::string>, core::macro_stages> asked_;
    std::optional<interruption> interruption_;
    std::vector<std::string> thrown_;
    std::size_t misplaced_verdicts_ = 0;

    rehearsal_answer answer_;  ///< to the command under way
    bool is_verdict_there_ = false;
    bool was_cancelled_ = false;
    std::optional<core::command> breaks_off_by_;  ///< abort, or quit for an MTA that is gone
    bool has_ended_ = false;

    core::message_stage stage_ = core::message_stage::none;  ///< of the transaction, as the MTA sees it
    std::optional<core::message_stage> decided_at_;          ///< the filter has done with the message
    bool has_decided_connection_ = false;
    bool skips_body_ = false;
};

void rehearsal::played_mta::negotiate() {
    std::string packet;
    core::append_offer(packet, options_.mta.offer);
    feed(packet);
    advance();
    collect();
}

void rehearsal::played_mta::check_order(core::command_traits const& traits) const {
    using stage = core::message_stage;
    if (traits.stage == stage::none || traits.stage == stage::mail) return;
    bool const begins = core::may_open_message(traits, machine_.agreed().options);
    if (stage_ == stage::none && !begins) throw std::logic_error("rehearsal: there is no MAIL before this");
    if (stage_ > traits.latest_before) throw std::logic_error("rehearsal: it is too late for this");
}

bool rehearsal::played_mta::is_sent(core::command_traits const& traits) const {
    using stage = core::message_stage;
    if (takes(traits.declined_by) || agreed().options.version < traits.since_version) return false;
    if (has_decided_connection_) return false;
    if (traits.command == core::command::body && skips_body_) return false;
    if (traits.stage <= stage::mail || !decided_at_) return true;
    // A filter that refuses DATA leaves the transaction as it is (milter-protocol.md D1).
    return decided_at_ == stage::data && traits.stage <= stage::data;
}

rehearsal_answer rehearsal::played_mta::say(core::command what, std::string const& packet) {
    auto const& traits = core::traits_of(what);
    answer_ = {};
    is_verdict_there_ = was_cancelled_ = false;
    if (!has_ended_) {
        check_order(traits);
        if (what == core::command::mail || what == core::command::helo)
            decided_at_.reset(), skips_body_ = false;
        if (what == core::command::helo) stage_ = core::message_stage::none;
        auto octets = macros_for(what);  // they come even where their command does not
        bool const sent = is_sent(traits);
        if (sent) octets += packet;
        if (traits.stage != core::message_stage::none) stage_ = traits.stage;
        feed(octets);
        advance();
        collect();
        if (!sent) {
            answer_.what = rehearsal_answer::kind::not_sent;
        } else if (was_cancelled_) {
            answer_.what = rehearsal_answer::kind::too_late;
        } else if (is_verdict_there_) {
            settle(traits);
        } else if (has_ended_) {
            answer_.what = rehearsal_answer::kind::closed;
        } else {
            answer_.what = rehearsal_answer::kind::unanswered;
        }
        if (what == core::command::end_of_message) stage_ = core::message_stage::none;
    } else {
        answer_.what = rehearsal_answer::kind::closed;
    }
    interruption_.reset();
    return std::move(answer_);
}

/// What the MTA makes of a verdict.
void rehearsal::played_mta::settle(core::command_traits const& traits) {
    auto const verdict = answer_.code;
    if (verdict == core::answer::skip) skips_body_ = true;
    if (verdict == core::answer::proceed || verdict == core::answer::skip) return;
    bool const of_recipient = traits.command == core::command::rcpt;
    bool const refuses = verdict != core::answer::accept && verdict != core::answer::discard;
    if (traits.command == core::command::connect || traits.command == core::command::helo) {
        has_decided_connection_ = true;
    } else if (traits.stage != core::message_stage::none && !(of_recipient && refuses)) {
        decided_at_ = traits.stage;
    }
}

void rehearsal::played_mta::tell(core::command what) {
    answer_ = {};
    if (has_ended_) return;
    stage_ = core::message_stage::none;
    decided_at_.reset();
    skips_body_ = false;
    if (what != core::command::abort) has_decided_connection_ = false;
    std::string packet;
    core::append_frame(packet, static_cast<char>(what));
    feed(packet);
    advance();
    collect();
}

void rehearsal::played_mta::vanish() {
    answer_ = {};
    if (has_ended_) return;
    machine_.fail(errc::peer_gone);
    advance();
    collect();
}

/// Those of the stage that the MTA knows: of the list that the filter asked for, or else of its own.
std::string rehearsal::played_mta::macros_for(core::command what) const {
    auto const stage = macro_stage_of(what);
    if (!stage) return {};
    auto const index = static_cast<std::size_t>(*stage);
    auto const& mta = options_.mta;
    bool const takes_own = !asked_[index] || (words_of(*asked_[index]).empty() &&
                                              mta.on_empty_list == mta_profile::empty_list::default_macros);
    auto const names = words_of(takes_own ? mta.macros[index] : *asked_[index]);
    std::vector<std::string_view> pairs;
    for (auto const& name : names) {
        auto const known = macros_.find(name);
        if (known == macros_.end()) continue;
        pairs.push_back(known->first);
        pairs.push_back(known->second);
    }
    std::string packet;
    core::append_macros(packet, static_cast<char>(what), pairs);
    return packet;
}

void rehearsal::played_mta::feed(std::string_view octets) {
    while (!octets.empty()) {
        auto const room = machine_.input();
        auto const count = std::min(room.size(), octets.size());
        std::copy_n(octets.begin(), count, room.begin());
        machine_.received(count);
        octets.remove_prefix(count);
    }
}

// ---- the filter's session, without a socket ----

void rehearsal::played_mta::advance() {
    for (;;) {
        event_ = machine_.next();
        if (std::holds_alternative<core::need_input>(event_)) return;
        if (std::holds_alternative<core::finished>(event_)) {
            has_ended_ = true;
            return;
        }
        if (auto const* peer = std::get_if<connect_event>(&event_)) context_.note(*peer);
        if (auto const* greeting = std::get_if<helo_event>(&event_)) context_.note(*greeting);
        show();
        if (was_cancelled_ && breaks_off_by_) leave();
    }
}

void rehearsal::played_mta::show() {
    answer_.was_shown = answer_.was_shown || answering::is_answered(event_);
    std::optional<response> given;
    try {
        given.emplace(filter_->show(context_, event_, *this));
    } catch (...) {
        return conclude_exception(std::current_exception());
    }
    if (auto* verdict = given->now()) return conclude(std::move(*verdict));
    await(*std::move(given));
}

void rehearsal::played_mta::conclude_exception(std::exception_ptr const& thrown) {
    try {
        std::rethrow_exception(thrown);
    } catch (std::exception const& e) {
        answer_.thrown = e.what();
    } catch (...) {
        answer_.thrown = "not a std::exception";
    }
    thrown_.push_back(answer_.thrown);
    settle(answering_.answer_exception(event_));
}

task<> rehearsal::played_mta::keep(std::shared_ptr<played_mta>, response given,
                                   std::shared_ptr<awaited> into) {
    if (auto* of_session = given.later<session_verdict>()) {
        into->verdict = co_await std::move(*of_session);
    } else if (auto* of_message = given.later<message_verdict>()) {
        into->verdict = co_await std::move(*of_message);
    } else if (auto* of_body = given.later<body_verdict>()) {
        into->verdict = co_await std::move(*of_body);
    } else if (auto* of_negotiation = given.later<negotiate_verdict>()) {
        into->verdict = co_await std::move(*of_negotiation);
    } else if (auto* notified = given.later<void>()) {
        co_await std::move(*notified);
    }
}

void rehearsal::played_mta::await(response given) {
    auto const callback = std::make_shared<awaited>();
    asio::co_spawn(
        loop_, keep(shared_from_this(), std::move(given), callback),
        asio::bind_cancellation_slot(callback->cancel.slot(), [callback](std::exception_ptr thrown) {
            callback->thrown = std::move(thrown);
            callback->is_over = true;
        }));
    auto const time = interruption_ ? interruption_->after : options_.patience;
    if (!wait_for(*callback, time)) {
        was_cancelled_ = true;
        breaks_off_by_ = interruption_ ? interruption_->how : core::command::quit;
        callback->cancel.emit(asio::cancellation_type::terminal);
        if (!wait_for(*callback, options_.patience)) {
            has_ended_ = true;
            throw std::logic_error("rehearsal: a callback was cancelled and does not end");
        }
    }
    if (callback->thrown && was_cancelled_) return conclude(answering::of_cancelled(event_));
    if (callback->thrown) return conclude_exception(callback->thrown);
    conclude(callback->verdict.value_or(core::answer::proceed));
}

bool rehearsal::played_mta::wait_for(awaited const& callback, std::chrono::milliseconds time) {
    auto const guard = asio::make_work_guard(loop_);
    auto const until = clock::now() + time;
    loop_.restart();
    while (!callback.is_over && loop_.run_one_until(until) != 0) {
    }
    return callback.is_over;
}

/// The MTA did not wait for the callback that has ended now: it has aborted, or is gone.
void rehearsal::played_mta::leave() {
    if (*std::exchange(breaks_off_by_, std::nullopt) == core::command::abort) {
        std::string packet;
        core::append_frame(packet, static_cast<char>(core::command::abort));
        feed(packet);
        stage_ = core::message_stage::none;
    } else {
        machine_.fail(errc::peer_gone);
    }
}

void rehearsal::played_mta::conclude(any_verdict verdict) {
    if (answering_.answer(event_, verdict) == answering::told::otherwise) ++misplaced_verdicts_;
    settle(verdict);
}

void rehearsal::played_mta::settle(any_verdict const& verdict) {
    filter_->settled(event_, verdict, machine_.in_message() ? message_is::open : message_is::over);
    answering_.settled();
    if (!std::holds_alternative<core::close_event>(event_)) return;
    context_.forget();
    answering_.forget();
}

// ---- what comes back ----

void rehearsal::played_mta::collect() {
    core::frame_reader packets(limits::payload_1m);
    auto const output = machine_.output();
    auto const room = packets.prepare(output.size() + 1);
    std::copy(output.begin(), output.end(), room.begin());
    packets.commit(output.size());
    machine_.sent();
    for (auto packet = packets.next(); packet.has_value() && *packet; packet = packets.next()) {
        auto const letter = static_cast<core::answer>((*packet)->letter);
        switch (letter) {
            case core::answer::negotiate: collect_negotiation((*packet)->payload); break;
            case core::answer::progress: ++answer_.signs_of_progress; break;
            case core::answer::reply_code:
                answer_.reply = with_single_percents(core::decode_line((*packet)->payload));
                [[fallthrough]];
            case core::answer::proceed:
            case core::answer::accept:
            case core::answer::reject:
            case core::answer::tempfail:
            case core::answer::discard:
            case core::answer::skip:
                answer_.code = letter;
                is_verdict_there_ = true;
                break;
            default: collect_edit(**packet);
        }
    }
}

void rehearsal::played_mta::collect_negotiation(std::string_view payload) {
    auto const lists = core::decode_symbol_lists(payload);
    if (lists.has_error()) return;
    for (auto const& list : *lists) {
        if (list.stage < core::macro_stages) asked_[list.stage] = std::string(list.names);
    }
}

/// Without leading space the MTA writes a blank behind the colon.
std::string rehearsal::played_mta::as_written(std::string_view value) const {
    return (takes(core::step::header_leading_space) ? "" : " ") + std::string(value);
}

void rehearsal::played_mta::collect_edit(core::frame const& packet) {
    using kind = rehearsal_edit::kind;
    auto& edits = answer_.edits;
    auto payload = packet.payload;
    auto const add = [&](kind what) -> rehearsal_edit& { return edits.emplace_back(what); };
    auto const letter = static_cast<core::answer>(packet.letter);
    if (letter == core::answer::replace_body) {
        bool const goes_on = !edits.empty() && edits.back().what == kind::replace_body;
        (goes_on ? edits.back() : add(kind::replace_body)).value += payload;
        return;
    }
    std::uint32_t index = 0;
    if (letter == core::answer::insert_header || letter == core::answer::change_header) {
        for (char const octet : payload.substr(0, 4)) index = index << 8 | static_cast<unsigned char>(octet);
        payload.remove_prefix(4);
    }
    auto const strings = core::decode_strings(payload);
    if (strings.has_error()) return;
    std::string const first(strings->front());
    std::string const second(strings->size() > 1 ? (*strings)[1] : std::string_view());
    auto const field = [&](kind what) {
        auto& made = add(what);
        made.index = index;
        made.name = first;
        if (what != kind::remove_header) made.value = as_written(second);
    };
    auto const path = [&](kind what) {
        auto& made = add(what);
        made.name = first;
        made.value = second;
    };
    switch (letter) {
        case core::answer::add_header: field(kind::add_header); break;
        case core::answer::insert_header: field(kind::insert_header); break;
        case core::answer::change_header:
            field(second.empty() ? kind::remove_header : kind::change_header);
            break;
        case core::answer::change_sender: path(kind::change_sender); break;
        case core::answer::add_recipient:
        case core::answer::add_recipient_args: path(kind::add_recipient); break;
        case core::answer::delete_recipient: path(kind::remove_recipient); break;
        case core::answer::quarantine: add(kind::quarantine).value = first; break;
        default: break;
    }
}

// ---- the rehearsal ----

rehearsal::rehearsal(std::unique_ptr<filter> author, rehearsal_options const& options)
    : mta_(std::make_shared<played_mta>(std::move(author), options)) {
    mta_->negotiate();
}

rehearsal::~rehearsal() {
    mta_->let_go();
}

core::option_set rehearsal::agreed() const {
    return mta_->agreed().options;
}

std::optional<std::string> rehearsal::asked_macros(macro_stage stage) const {
    return mta_->asked()[static_cast<std::size_t>(stage)];
}

std::vector<std::string> const& rehearsal::thrown() const noexcept {
    return mta_->thrown();
}

std::size_t rehearsal::misplaced_verdicts() const noexcept {
    return mta_->misplaced_verdicts();
}

bool rehearsal::has_ended() const noexcept {
    return mta_->has_ended();
}

asio::any_io_executor rehearsal::executor() const {
    return mta_->loop().get_executor();
}

void rehearsal::define(std::string name, std::string value) {
    mta_->define(std::move(name), std::move(value));
}

rehearsal_answer rehearsal::connect(std::string_view hostname, std::string_view address, std::uint16_t port) {
    constexpr std::string_view unix_prefix = "unix:";
    auto family = core::family::unknown;
    boost::system::error_code no_address;
    auto const ip = asio::ip::make_address(address, no_address);
    if (!no_address) {
        family = ip.is_v6() ? core::family::ipv6 : core::family::ipv4;
        define("{client_port}", std::to_string(port));
    } else if (address.starts_with(unix_prefix)) {
        family = core::family::unix_socket;
        address.remove_prefix(unix_prefix.size());
        port = 0;
    } else if (address != "unknown") {
        throw std::logic_error("rehearsal: no address: " + std::string(address));
    }
    define("{client_name}", std::string(hostname));
    define("{client_addr}", std::string(address));
    std::string packet;
    core::append_connect(packet, hostname, family, port, address);
    return mta_->say(core::command::connect, packet);
}

rehearsal_answer rehearsal::helo(std::string_view name) {
    std::string packet;
    core::append_strings(packet, static_cast<char>(core::command::helo), {name});
    return mta_->say(core::command::helo, packet);
}

rehearsal_answer rehearsal::mail(std::string_view path, std::vector<std::string_view> const& parameters) {
    define("{mail_addr}", address_in(path));
    std::vector<std::string_view> strings{path};
    strings.insert(strings.end(), parameters.begin(), parameters.end());
    std::string packet;
    core::append_strings(packet, static_cast<char>(core::command::mail), strings);
    return mta_->say(core::command::mail, packet);
}

rehearsal_answer rehearsal::rcpt(std::string_view path, std::vector<std::string_view> const& parameters) {
    define("{rcpt_addr}", address_in(path));
    std::vector<std::string_view> strings{path};
    strings.insert(strings.end(), parameters.begin(), parameters.end());
    std::string packet;
    core::append_strings(packet, static_cast<char>(core::command::rcpt), strings);
    return mta_->say(core::command::rcpt, packet);
}

rehearsal_answer rehearsal::data() {
    std::string packet;
    core::append_frame(packet, static_cast<char>(core::command::data));
    return mta_->say(core::command::data, packet);
}

rehearsal_answer rehearsal::header(std::string_view field) {
    auto const colon = field.find(':');
    if (colon == field.npos) throw std::logic_error("rehearsal: no header: " + std::string(field));
    auto const name = field.substr(0, colon);
    auto value = with_lf(field.substr(colon + 1));
    if (!mta_->takes(core::step::header_leading_space) && value.starts_with(' ')) value.erase(0, 1);
    std::string packet;
    core::append_strings(packet, static_cast<char>(core::command::header), {name, value});
    return mta_->say(core::command::header, packet);
}

rehearsal_answer rehearsal::end_of_headers() {
    std::string packet;
    core::append_frame(packet, static_cast<char>(core::command::end_of_headers));
    return mta_->say(core::command::end_of_headers, packet);
}

rehearsal_answer rehearsal::body(std::string_view octets) {
    if (octets.empty()) throw std::logic_error("rehearsal: no MTA sends a chunk of nothing");
    auto const most = mta_->agreed().payload_limit;
    rehearsal_answer answer;
    do {
        auto const chunk = octets.substr(0, most);
        octets.remove_prefix(chunk.size());
        std::string packet;
        core::append_frame(packet, static_cast<char>(core::command::body), chunk);
        answer = mta_->say(core::command::body, packet);
    } while (!octets.empty() && (answer == "proceed" || answer == "(no answer)"));
    return answer;
}

rehearsal_answer rehearsal::end_of_message() {
    std::string packet;
    core::append_frame(packet, static_cast<char>(core::command::end_of_message));
    return mta_->say(core::command::end_of_message, packet);
}

rehearsal_answer rehearsal::message(std::string_view text) {
    auto const ends = [](rehearsal_answer const& answer) {
        using kind = rehearsal_answer::kind;
        if (answer.what == kind::verdict)
            return answer.code != core::answer::proceed && answer.code != core::answer::skip;
        return answer.what == kind::closed || answer.what == kind::too_late;
    };
    auto const lines = with_crlf(text);
    std::string_view rest(lines);
    auto answer = data();
    while (!ends(answer) && !rest.empty() && !rest.starts_with("\r\n")) {
        // A field ends at a line end that no blank follows.
        auto end = rest.find("\r\n");
        while (end != rest.npos && end + 2 < rest.size() && (rest[end + 2] == ' ' || rest[end + 2] == '\t'))
            end = rest.find("\r\n", end + 2);
        answer = header(rest.substr(0, end));
        rest = end == rest.npos ? std::string_view() : rest.substr(end + 2);
    }
    if (!rest.empty()) rest.remove_prefix(std::min<std::size_t>(rest.size(), 2));
    if (!ends(answer)) answer = end_of_headers();
    if (!ends(answer) && !rest.empty()) answer = body(rest);
    if (!ends(answer)) answer = end_of_message();
    return answer;
}

rehearsal_answer rehearsal::unknown(std::string_view line) {
    std::string packet;
    core::append_strings(packet, static_cast<char>(core::command::unknown), {line});
    return mta_->say(core::command::unknown, packet);
}

void rehearsal::abort() {
    mta_->tell(core::command::abort);
}

void rehearsal::quit() {
    mta_->tell(core::command::quit);
}

void rehearsal::next_client() {
    mta_->tell(core::command::quit_nc);
}

void rehearsal::vanish() {
    mta_->vanish();
}

void rehearsal::abort_after(std::chrono::milliseconds time) {
    mta_->interrupt_next(core::command::abort, time);
}

void rehearsal::vanish_after(std::chrono::milliseconds time) {
    mta_->interrupt_next(core::command::quit, time);
}

}  // namespace milterproto
