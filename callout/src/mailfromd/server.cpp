#include "callout/mailfromd/server.hpp"

#include <algorithm>
#include <charconv>

#include "callout/mailfromd/line.hpp"
#include "callout/reply.hpp"
#include "callout/verdict_word.hpp"
#include "core/ascii.hpp"

namespace callout::core {

namespace {

constexpr std::size_t read_ahead = 4 * 1024;
/// Above this a client has to read before it is answered again; RUN's own lines come on top.
constexpr std::size_t high_water = 64 * 1024;
constexpr std::size_t longest_quotation = 128;
constexpr std::size_t longest_label = 256;
constexpr std::int64_t longest_timeout = 60 * 60;

std::string id_text(std::uint32_t id) {
    auto const digits = std::to_string(id);
    return std::string(10 - digits.size(), '0') + digits;
}

/// Reads a whole number, which must be all of the text, with or without a sign.
std::optional<std::int64_t> number_from(std::string_view text) {
    if (text.starts_with('+')) text.remove_prefix(1);
    std::int64_t value = 0;
    auto const [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failed != std::errc() || end != text.data() + text.size() || text.starts_with("+"))
        return std::nullopt;
    return value;
}

/// Returns whether no server said anything that settles the question, so that another try may.
bool is_unsettled(verification const& v) {
    bool const unheard = (v.status == status::transient && !v.reply) || v.reason == reason::protocol;
    return unheard && v.cached == freshness::live;
}

/// Returns whether a line begins as an HTTP request does. A page that a browser shows may have it POST to any
/// port of the machine, and the lines of its body would be commands. GET is a command of ours, too, but
/// nothing that it asks for begins with a slash.
bool is_http_request(std::string_view line) noexcept {
    constexpr auto beginnings =
        std::to_array<std::string_view>({"POST ", "GET /", "GET http", "HEAD ", "OPTIONS ", "PUT ", "DELETE ",
                                         "PATCH ", "CONNECT ", "TRACE "});
    return std::ranges::any_of(beginnings, [&](auto beginning) { return line.starts_with(beginning); });
}

std::string quoted_back(std::string_view word) {
    return printable(word.substr(0, longest_quotation));
}

std::string comma_list(std::vector<std::string> const& senders) {
    std::string list;
    for (auto const& one : senders) {
        if (!list.empty()) list += ',';
        list += one.empty() ? "<>" : one;
    }
    return list;
}

}  // namespace

struct callout_server::verb {
    std::string_view name;
    std::size_t least, most;  ///< arguments
    void (callout_server::*obey)(words);
};

std::span<callout_server::verb const> callout_server::verbs() {
    constexpr std::size_t any = -1;
    static constexpr auto table = std::to_array<verb>({
        {"SID", 1, 1, &callout_server::on_sid},
        {"SET", 1, any, &callout_server::on_set},
        {"GET", 1, any, &callout_server::on_get},
        {"TIMEOUT", 7, 7, &callout_server::on_timeout},
        {"VRFY", 1, any, &callout_server::on_vrfy},
        {"RUN", 0, 0, &callout_server::on_run},
        {"DROP", 1, 1, &callout_server::on_drop},
        {"QUIT", 0, 0, &callout_server::on_quit},
    });
    return table;
}

callout_server::callout_server(callout_server_options options) : options_(std::move(options)) {
    say("OK mailfromd callout server ready");
}

std::size_t callout_server::room() const noexcept {
    auto const most = options_.max_line + read_ahead;
    return ended_ || closing_ || input_.size() >= most ? 0 : most - input_.size();
}

void callout_server::feed(std::string_view bytes) {
    input_.append(bytes);
    advance();
}

void callout_server::end_of_input() {
    ended_ = true;
    advance();
}

void callout_server::written(std::size_t bytes) {
    output_.erase(0, bytes);
    advance();
}

bool callout_server::finished() const noexcept {
    bool const waits = runs_ || output_.size() >= high_water;
    return closing_ || (ended_ && !waits);
}

void callout_server::advance() {
    while (!runs_ && !closing_ && output_.size() < high_water) {
        auto const line = next_line();
        if (!line) return;
        obey(*line);
    }
}

/// Returns the next complete line. A line that is too long, or holds NUL, is answered here, once, however
/// long it is.
std::optional<std::string_view> callout_server::next_line() {
    while (!input_.empty()) {
        auto const end = input_.find_line_end();
        auto line = input_.unread().substr(0, end);
        if (!skips_line_ && is_http_request(line)) return hang_up();
        bool const complete = end != line.npos;
        bool const too_long = line.size() > options_.max_line + 1;  // its last byte may be CR
        if (!complete && !too_long && !skips_line_) return std::nullopt;
        input_.take(line.size() + (complete ? 1 : 0));
        bool const was_answered = std::exchange(skips_line_, !complete);
        if (line.ends_with('\r')) line.remove_suffix(1);
        bool const is_bad = !complete || line.size() > options_.max_line || line.find('\0') != line.npos;
        if (!is_bad && !was_answered) return line;
        if (!was_answered) no("bad input");
    }
    return std::nullopt;
}

/// Obeys nothing more, whatever the client sends.
std::nullopt_t callout_server::hang_up() {
    closing_ = true;
    input_.take(input_.size());
    ++commands_.no;
    return std::nullopt;
}

void callout_server::obey(std::string_view line) {
    auto const all = split_words(line);
    if (!all) return no("cannot parse line");
    if (all->empty()) return no("empty command");
    auto const found =
        std::ranges::find_if(verbs(), [&](verb const& one) { return same_word(one.name, all->front()); });
    if (found == verbs().end()) return no("unknown command");
    auto const arguments = words(*all).subspan(1);
    bool const fits = arguments.size() >= found->least && arguments.size() <= found->most;
    if (!fits) return no("invalid arguments");
    (this->*found->obey)(arguments);
}

void callout_server::on_sid(words arguments) {
    if (has_control_character(arguments.front())) return no("control character in value");
    sid_ = arguments.front().substr(0, longest_label);
    ok();
}

void callout_server::on_set(words arguments) {
    for (auto const& word : arguments) {
        if (auto const wrong = assign(word)) return no(*wrong);
    }
    ok();
}

std::optional<std::string> callout_server::assign(std::string const& word) {
    auto const bad = "bad assignment " + quoted_back(word);
    if (has_control_character(word)) return bad;
    auto const given = split_assignment(word);
    if (!given) return bad;
    auto const& [name, value] = *given;
    if (same_word(name, "EHLO")) {
        auto const chosen = ehlo_from(value);
        if (!chosen && !value.empty()) return bad;
        session_.ehlo = chosen;
    } else if (same_word(name, "MAILFROM")) {
        auto chosen = mail_from_from(value);
        if (!chosen) return bad;
        session_.mail_from = *std::move(chosen);
    } else if (same_word(name, "STARTTLS")) {
        auto const chosen = starttls_from(value);
        if (!chosen) return "unrecognized starttls mode: " + quoted_back(value);
        session_.starttls = chosen;
    } else if (same_word(name, "TRANSCRIPT")) {
        bool const on = same_word(value, "ON");
        if (!on && !same_word(value, "OFF")) return bad;
        transcript_ = on;
    } else {
        return bad;
    }
    return std::nullopt;
}

void callout_server::on_get(words arguments) {
    for (auto const& name : arguments) {
        auto const value = value_of(name);
        if (value && !value->empty()) say("* " + name + '=' + *value);
    }
    ok();
}

std::optional<std::string> callout_server::value_of(std::string_view name) const {
    if (same_word(name, "ehlo")) return session_.ehlo ? session_.ehlo->text() : options_.ehlo;
    if (same_word(name, "mailfrom"))
        return session_.mail_from.empty() ? options_.mail_from : comma_list(session_.mail_from);
    if (same_word(name, "starttls"))
        return std::string(to_string(session_.starttls.value_or(options_.starttls)));
    if (same_word(name, "transcript")) return transcript_ ? "ON" : "OFF";
    return std::nullopt;
}

void callout_server::on_timeout(words arguments) {
    timeout_seconds chosen{};
    for (std::size_t i = 0; i != chosen.size(); ++i) {
        auto const value = number_from(arguments[i]);
        if (!value) return no("syntax error in #" + std::to_string(i + 1));
        chosen[i] = std::chrono::seconds(std::clamp<std::int64_t>(*value, 0, longest_timeout));
    }
    timeouts_ = chosen;
    ok("timeouts set");
}

void callout_server::on_vrfy(words arguments) {
    auto const& address = arguments.front();
    if (has_control_character(address)) return no("control character in value");
    if (queue_.size() >= options_.max_queue) return no("too many addresses before RUN");
    callout_question one(next_id_, address);
    one.how = session_;
    one.timeouts = timeouts_;
    if (auto const wrong = set_parameters(one.how, arguments.subspan(1))) return no(*wrong);
    if (one.how.hosts.host && !options_.allow_host) return no("HOST is not allowed here");
    if (next_id_ + 1 == 0) return no("too many addresses in one session");
    queue_.emplace(next_id_, std::move(one));
    ok(id_text(next_id_++));
}

void callout_server::on_run(words) {
    if (queue_.empty()) return ok();
    under_way_ = std::exchange(queue_, {});
    results_.clear();
    runs_ = true;
    run_taken_ = false;
}

void callout_server::on_drop(words arguments) {
    auto const number = number_from(arguments.front());
    if (!number) return no("syntax error");
    bool const fits = *number >= 0 && *number < next_id_;
    auto const id = static_cast<std::uint32_t>(*number);
    bool const dropped = fits && queue_.erase(id) + unsettled_.erase(id) != 0;
    return dropped ? ok() : no("entry not found");
}

void callout_server::on_quit(words) {
    ok("bye");
    closing_ = true;
}

std::vector<callout_question> callout_server::take_run() {
    std::vector<callout_question> questions;
    if (!runs_ || run_taken_) return questions;
    run_taken_ = true;
    for (auto const& [id, one] : under_way_) questions.push_back(one);
    return questions;
}

void callout_server::progress(std::uint32_t id, poll_stage stage, std::string_view text) {
    if (!runs_ || !under_way_.contains(id)) return;
    auto const row = std::ranges::find(poll_stages, stage, &poll_stage_row::stage);
    auto line = "* " + id_text(id) + ' ';
    line += row->word;
    line += ' ';
    line += printable(text.substr(0, max_text));
    say(line);
}

void callout_server::answer(std::uint32_t id, verification const& found) {
    auto const entry = under_way_.find(id);
    if (!runs_ || entry == under_way_.end()) return;
    results_.emplace(id, foreign_words_of(word_of(found)).protocol);
    if (is_unsettled(found)) {
        if (unsettled_.size() >= options_.max_queue) unsettled_.erase(unsettled_.begin());
        unsettled_.emplace(id, std::move(entry->second));
    }
    under_way_.erase(entry);
    if (under_way_.empty()) end_run();
}

void callout_server::end_run() {
    std::string list;
    for (auto const& [id, word] : results_) {
        list += (list.empty() ? "" : " ") + id_text(id) + '=';
        list += word;
    }
    results_.clear();
    runs_ = false;
    ok(list);
    advance();
}

std::vector<callout_question> callout_server::unfinished() const {
    std::vector<callout_question> all;
    for (auto const* from : {&unsettled_, &under_way_}) {
        for (auto const& [id, one] : *from) all.push_back(one);
    }
    return all;
}

void callout_server::ok(std::string_view text) {
    ++commands_.ok;
    say(text.empty() ? "OK" : "OK " + std::string(text));
}

void callout_server::no(std::string_view text) {
    ++commands_.no;
    say("NO " + std::string(text));
}

void callout_server::say(std::string_view line) {
    output_ += line;
    output_ += "\r\n";
}

}  // namespace callout::core
