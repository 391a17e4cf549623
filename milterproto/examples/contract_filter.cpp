// The contract filter: a milter whose complete behaviour is declared, so that MTAs and tests can be tried
// against it. Verdicts follow from names and addresses; header fields named X-Contract say what happens to a
// message.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <charconv>
#include <fstream>
#include <iostream>
#include <milterproto/milterproto.hpp>
#include <mutex>

namespace {

namespace asio = boost::asio;
namespace step = milterproto::core::step;
using namespace milterproto;

// ---- text ----

bool equal_ignoring_case(std::string_view a, std::string_view b) {
    auto const lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; };
    return std::ranges::equal(a, b, {}, lower, lower);
}

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view blanks = " \t";
    auto const begin = text.find_first_not_of(blanks);
    if (begin == text.npos) return {};
    return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

/// Takes the first word off `rest`.
std::string_view take_word(std::string_view& rest) {
    auto const end = std::min(rest.find(' '), rest.size());
    auto const word = rest.substr(0, end);
    rest = trimmed(rest.substr(end));
    return word;
}

template <class Number>
std::optional<Number> to_number(std::string_view text) {
    Number number{};
    auto const [end, bad] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (bad != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
}

std::string_view without_brackets(std::string_view path) {
    if (path.starts_with('<')) path.remove_prefix(1);
    if (path.ends_with('>')) path.remove_suffix(1);
    return path;
}

std::string_view local_part(std::string_view path) {
    auto const address = without_brackets(path);
    return address.substr(0, address.rfind('@'));
}

std::string unfolded(std::string_view value) {
    std::string line(value);
    std::erase_if(line, [](char c) { return c == '\n' || c == '\r'; });
    return std::string(trimmed(line));
}

// ---- verdicts ----

/// Any verdict of the contract; at a stage that does not have it, it means "continue".
class contract_verdict {
public:
    enum class kind { proceed, accept, reject, tempfail, discard, skip, reply };

    contract_verdict(kind what) : kind_(what) {}
    contract_verdict(smtp_reply text) : kind_(kind::reply), reply_(std::move(text)) {}
    static contract_verdict reply(int code, std::string_view enhanced, std::string_view text) {
        auto made = smtp_reply::make(code, enhanced, text);
        if (!made) return kind::proceed;
        return *std::move(made);
    }
    /// Reads a verdict such as `reject`, or `reply 550 5.7.1 no`.
    static std::optional<contract_verdict> parse(std::string_view text) {
        constexpr std::array<std::pair<std::string_view, kind>, 6> words{{{"continue", kind::proceed},
                                                                          {"accept", kind::accept},
                                                                          {"reject", kind::reject},
                                                                          {"tempfail", kind::tempfail},
                                                                          {"discard", kind::discard},
                                                                          {"skip", kind::skip}}};
        for (auto const& [word, what] : words) {
            if (text == word) return what;
        }
        if (take_word(text) != "reply") return std::nullopt;
        auto const code = to_number<int>(take_word(text));
        auto const enhanced = take_word(text);
        if (!code) return std::nullopt;
        auto made = smtp_reply::make(*code, enhanced, text);
        if (!made) return std::nullopt;
        return *std::move(made);
    }

    /// Returns whether the message is delivered.
    bool lets_pass() const { return kind_ == kind::proceed || kind_ == kind::accept || kind_ == kind::skip; }
    bool is(kind what) const { return kind_ == what; }

    template <class Verdict>
    Verdict at_stage() const {
        switch (kind_) {
            case kind::accept: return milterproto::accept_now;
            case kind::reject: return milterproto::reject;
            case kind::tempfail: return milterproto::tempfail;
            case kind::reply: return *reply_;
            case kind::discard:
                if constexpr (!std::same_as<Verdict, session_verdict>) return milterproto::discard;
                break;
            case kind::skip:
                if constexpr (std::same_as<Verdict, body_verdict>) return milterproto::skip;
                break;
            case kind::proceed: break;
        }
        return milterproto::proceed;
    }

private:
    kind kind_;
    std::optional<smtp_reply> reply_;
};
using kind = contract_verdict::kind;

struct rule {
    std::string_view name;
    contract_verdict verdict;
};

template <class Rules>
contract_verdict find(Rules const& rules, std::string_view name) {
    for (auto const& one : rules) {
        if (equal_ignoring_case(one.name, name)) return one.verdict;
    }
    return kind::proceed;
}

contract_verdict of_client(std::string_view host) {
    static std::array const rules{rule{"reject-connect.example", kind::reject},
                                  rule{"tempfail-connect.example", kind::tempfail},
                                  rule{"accept-connect.example", kind::accept}};
    return find(rules, host);
}

contract_verdict of_greeting(std::string_view name) {
    static std::array const rules{
        rule{"reject.helo.example", contract_verdict::reply(550, "5.7.1", "helo refused by contract")},
        rule{"tempfail.helo.example", kind::tempfail}};
    return find(rules, name);
}

contract_verdict of_sender(std::string_view local) {
    static std::array const rules{
        rule{"temp", kind::tempfail},
        rule{"reject", kind::reject},
        rule{"reply", contract_verdict::reply(554, "5.7.7", "sender refused by contract")},
        rule{"multi", contract_verdict::reply(550, "5.7.8", "line one\nline two\nline three")},
        rule{"discard", kind::discard},
        rule{"accept", kind::accept}};
    return find(rules, local);
}

contract_verdict of_recipient(std::string_view local) {
    static std::array const rules{
        rule{"bad", kind::reject},
        rule{"later", kind::tempfail},
        rule{"nouser", contract_verdict::reply(550, "5.1.1", "no such user")},
        rule{"grey", contract_verdict::reply(451, "4.7.1", "greylisted, try later")},
        rule{"full", contract_verdict::reply(552, "5.2.2", "mailbox 99% full")},
        rule{"drop", kind::discard},
        rule{"pass", kind::accept}};
    return find(rules, local);
}

contract_verdict of_command(std::string_view line) {
    static std::array const rules{
        rule{"XBAD", contract_verdict::reply(500, "5.5.1", "XBAD refused by contract")},
        rule{"XREJ", kind::reject}, rule{"XTMP", kind::tempfail}};
    return find(rules, take_word(line));
}

// ---- the log ----

class log_file {
public:
    explicit log_file(std::string const& name) {
        if (!name.empty()) out_.open(name, std::ios::app);
    }
    bool is_bad() const { return out_.fail(); }
    unsigned next_connection() { return ++connections_; }

    void write(unsigned connection, std::string_view event, std::string_view arguments = {}) {
        if (!out_.is_open()) return;
        std::scoped_lock const hold(mutex_);
        out_ << connection << ' ' << event << (arguments.empty() ? "" : " ");
        constexpr std::string_view digits = "0123456789abcdef";
        for (char const c : arguments) {
            auto const byte = static_cast<unsigned char>(c);
            if (byte >= 0x20 && byte <= 0x7e && c != '\\') {
                out_ << c;
            } else {
                out_ << "\\x" << digits[byte >> 4] << digits[byte & 15];
            }
        }
        out_ << std::endl;
    }

private:
    std::mutex mutex_;
    std::ofstream out_;
    std::atomic<unsigned> connections_ = 0;
};

// ---- the filter ----

enum class profile { standard, noreply, minimal, leadspc };

std::uint32_t steps_of(profile chosen) {
    switch (chosen) {
        case profile::standard: return step::skip;
        case profile::noreply:
            return step::skip | step::no_reply_connect | step::no_reply_helo | step::no_reply_data |
                   step::no_reply_unknown | step::no_reply_header | step::no_reply_end_of_headers |
                   step::no_reply_body;
        case profile::minimal:
            return step::skip | step::no_helo | step::no_data | step::no_unknown | step::no_end_of_headers |
                   step::no_body;
        case profile::leadspc: return step::skip | step::header_leading_space;
    }
    return 0;
}

class adler32 {
public:
    void add(std::string_view bytes) {
        constexpr std::uint32_t modulus = 65521;
        for (char const byte : bytes) {
            low_ = (low_ + static_cast<unsigned char>(byte)) % modulus;
            high_ = (high_ + low_) % modulus;
        }
    }
    std::string hex() const {
        std::array<char, 9> text{};
        std::snprintf(text.data(), text.size(), "%08x", high_ << 16 | low_);
        return text.data();
    }

private:
    std::uint32_t low_ = 1;
    std::uint32_t high_ = 0;
};

class contract_filter {
public:
    struct message_state {
        unsigned recipients_kept = 0;
        unsigned recipients = 0;
        unsigned headers = 0;
        std::uint64_t bytes = 0;
        adler32 sum;
        bool quarantined = false;
        std::vector<std::string> directives;
        std::optional<contract_verdict> at_end_of_headers;
        std::optional<contract_verdict> at_body;
    };
    using message = milterproto::message<message_state>;
    using actions = eom_actions<edit::add_header | edit::change_header | edit::body | edit::add_recipient |
                                edit::remove_recipient | edit::quarantine | edit::sender>;

    contract_filter(profile chosen, log_file& log) : profile_(chosen), log_(&log) {}

    negotiate_verdict on_negotiate(connection&, negotiation& what) {
        auto const& offer = what.offer();
        number_ = log_->next_connection();
        std::array<char, 64> text{};
        std::snprintf(text.data(), text.size(), "version=%u actions=0x%x steps=0x%x", offer.version,
                      offer.actions, offer.steps);
        note("negotiate", text.data());
        what.wanted_actions = std::uint32_t(actions::allowed) & what.offered().actions;
        auto const steps = offer.steps == 0 ? step::version_1 : offer.steps;
        what.wanted_steps = steps_of(profile_) & steps;
        // Elsewhere the library would keep the rest of the body from us, and the contract counts all of it.
        skips_ = (what.wanted_steps & (step::skip | step::no_reply_body)) == step::skip;
        return proceed;
    }
    session_verdict on_connect(connection&, connect_event const& event) {
        host_ = event.hostname.empty() ? "-" : event.hostname;
        address_ = event.address.empty() ? "-" : event.address;
        note("connect", host_ + ' ' + address_);
        return of_client(event.hostname).at_stage<session_verdict>();
    }
    session_verdict on_helo(connection&, helo_event const& event) {
        note("helo", event.name);
        return of_greeting(event.name).at_stage<session_verdict>();
    }
    message_verdict on_mail(connection&, message&, mail_event const& event) {
        ++messages_;
        note("mail", joined(event.path, event.parameters));
        return of_sender(local_part(event.path)).at_stage<message_verdict>();
    }
    message_verdict on_rcpt(connection&, message& now, rcpt_event const& event) {
        note("rcpt", joined(event.path, event.parameters));
        auto const local = local_part(event.path);
        auto const verdict = of_recipient(local);
        ++now.state.recipients;
        if (verdict.is(kind::proceed)) {
            ++now.state.recipients_kept;
            now.state.quarantined = now.state.quarantined || equal_ignoring_case(local, "quarantine");
        }
        return verdict.at_stage<message_verdict>();
    }
    message_verdict on_data(connection&, message& now) {
        note("data");
        if (!equal_ignoring_case(local_part(now.sender()), "datareject")) return proceed;
        return contract_verdict::reply(550, "5.7.9", "data refused by contract").at_stage<message_verdict>();
    }
    session_verdict on_unknown(connection&, unknown_event const& event) {
        note("unknown", event.line);
        return of_command(event.line).at_stage<session_verdict>();
    }
    message_verdict on_header(connection&, message& now, header_event const& event) {
        note("header", std::string(event.name).append(":").append(event.value));
        ++now.state.headers;
        auto const value = unfolded(event.value);
        if (equal_ignoring_case(event.name, "X-Contract")) now.state.directives.push_back(value);
        auto const verdict = contract_verdict::parse(value);
        if (!verdict) return proceed;
        if (equal_ignoring_case(event.name, "X-Contract-Eoh")) now.state.at_end_of_headers = verdict;
        if (equal_ignoring_case(event.name, "X-Contract-Body")) now.state.at_body = verdict;
        if (!equal_ignoring_case(event.name, "X-Contract-Now")) return proceed;
        return verdict->at_stage<message_verdict>();
    }
    message_verdict on_eoh(connection&, message& now) {
        note("eoh");
        return now.state.at_end_of_headers.value_or(kind::proceed).at_stage<message_verdict>();
    }
    body_verdict on_body(connection&, message& now, body_event const& event) {
        note("body", std::to_string(event.chunk.size()));
        now.state.bytes += event.chunk.size();
        now.state.sum.add(event.chunk);
        auto const verdict = now.state.at_body.value_or(kind::proceed);
        if (verdict.is(kind::skip) && !skips_) return proceed;
        return verdict.at_stage<body_verdict>();
    }
    task<message_verdict> on_eom(connection& peer, message& now, actions& edits) {
        note("eom");
        contract_verdict verdict = kind::proceed;
        for (auto const& one : now.state.directives) {
            std::string_view rest = one;
            auto const word = take_word(rest);
            if (word == "verdict") {
                verdict = contract_verdict::parse(rest).value_or(verdict);
            } else if (word == "sleep") {
                auto const pause = to_number<std::uint32_t>(rest).value_or(0);
                co_await sleep(std::chrono::milliseconds(pause));
            } else {
                carry_out(word, rest, edits);
            }
        }
        if (now.state.quarantined) (void)edits.quarantine("contract quarantine");
        if (verdict.lets_pass()) (void)edits.add_header("X-Trace", trace(peer, now));
        co_return verdict.at_stage<message_verdict>();
    }
    void on_abort(connection&, message&) {
        ++aborts_;
        note("abort");
    }
    void on_close(connection&) {
        note("close");
        host_ = address_ = "-";
        messages_ = aborts_ = 0;
    }

private:
    void note(std::string_view event, std::string_view arguments = {}) {
        if (number_ != 0) log_->write(number_, event, arguments);
    }

    static std::string joined(std::string_view path, std::span<std::string_view const> parameters) {
        std::string text(path);
        for (auto const one : parameters) text.append(" ").append(one);
        return text;
    }

    static task<> sleep(std::chrono::milliseconds pause) {
        asio::steady_timer timer(co_await asio::this_coro::executor, pause);
        co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    }

    /// Makes an edit. One that the MTA did not offer, or that is malformed, is refused by the library and
    /// skipped here.
    static void carry_out(std::string_view word, std::string_view rest, actions& edits) {
        if (word == "add-header") {
            auto const name = take_word(rest);
            (void)edits.add_header(name, rest);
        } else if (word == "insert-header" || word == "change-header" || word == "delete-header") {
            auto const index = to_number<std::uint32_t>(take_word(rest));
            auto const name = take_word(rest);
            if (!index) return;
            if (word == "insert-header") (void)edits.insert_header(*index, name, rest);
            if (word == "change-header") (void)edits.change_header(name, *index, rest);
            if (word == "delete-header") (void)edits.remove_header(name, *index);
        } else if (word == "replace-body") {
            (void)edits.replace_body(std::string(rest).append("\r\n"));
        } else if (word == "fill-body") {
            auto const lines = to_number<std::uint32_t>(rest);
            std::string const line = std::string(78, 'x').append("\r\n");
            if (lines) (void)edits.replace_body({});
            for (std::uint32_t i = 0; lines && i != *lines; ++i) (void)edits.replace_body(line);
        } else if (word == "change-from") {
            (void)edits.change_sender(in_brackets(rest));
        } else if (word == "add-rcpt") {
            (void)edits.add_recipient(in_brackets(rest));
        } else if (word == "delete-rcpt") {
            (void)edits.remove_recipient(in_brackets(rest));
        } else if (word == "quarantine") {
            (void)edits.quarantine(rest);
        } else if (word == "progress") {
            auto const times = to_number<std::uint32_t>(rest).value_or(0);
            for (std::uint32_t i = 0; i != times; ++i) (void)edits.progress();
        }
    }

    static std::string in_brackets(std::string_view address) {
        return std::string("<").append(address).append(">");
    }

    std::string trace(connection const& peer, message const& now) const {
        auto const& state = now.state;
        auto const helo = peer.helo().empty() ? std::string("-") : peer.helo();
        return "v=1 conn=" + host_ + '/' + address_ + " helo=" + helo + " msg=" + std::to_string(messages_) +
               " from=" + now.sender() + " rcpts=" + std::to_string(state.recipients_kept) + '/' +
               std::to_string(state.recipients) + " hdrs=" + std::to_string(state.headers) +
               " body=" + std::to_string(state.bytes) + " adler=" + state.sum.hex() +
               " aborts=" + std::to_string(aborts_) + " i=" + std::string(peer.macro("i").value_or("-"));
    }

    profile profile_;
    log_file* log_;  ///< never null
    unsigned number_ = 0;
    bool skips_ = false;
    unsigned messages_ = 0;
    unsigned aborts_ = 0;
    std::string host_ = "-";
    std::string address_ = "-";
};

}  // namespace

int main(int count, char** arguments) {
    CLI::App command("A milter whose complete behaviour is declared");
    std::string where;
    std::string log_name;
    auto chosen = profile::standard;
    std::map<std::string, profile> const profiles{{"default", profile::standard},
                                                  {"noreply", profile::noreply},
                                                  {"minimal", profile::minimal},
                                                  {"leadspc", profile::leadspc}};
    command.add_option("--socket", where, "unix:/path or inet:PORT@HOST")->required();
    command.add_option("--profile", chosen, "what is negotiated")
        ->transform(CLI::CheckedTransformer(profiles, CLI::ignore_case));
    command.add_option("--log", log_name, "a file to which one line for each event is added");
    CLI11_PARSE(command, count, arguments);

    log_file log(log_name);
    if (log.is_bad()) {
        boost::system::error_code const why(errno, boost::system::system_category());
        std::cerr << "contract_filter: " << log_name << ": " << why.message() << '\n';
        return 1;
    }
    auto const socket = socket_spec::parse(where);
    if (!socket) {
        std::cerr << "contract_filter: " << where << ": " << socket.error().message() << '\n';
        return 1;
    }
    program_options options;
    options.missing = missing_edits::run_without;
    auto const make = [&] { return make_filter(contract_filter(chosen, log)); };
    return run(*socket, make, options) ? 0 : 1;  // it has written to stderr why it cannot listen
}
