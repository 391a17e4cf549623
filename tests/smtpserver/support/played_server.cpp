#include "smtpserver/support/played_server.hpp"

#include <algorithm>
#include <sstream>
#include <stdexcept>

#include "smtpserver/support/script.hpp"

namespace smtpserver::testing {

namespace {

/// Returns the code that a text begins with, or 250.
int code_in(std::string_view text) {
    bool const has_code = text.size() >= 3 &&
                          std::ranges::all_of(text.substr(0, 3), [](char c) { return c >= '0' && c <= '9'; });
    return has_code ? std::stoi(std::string(text.substr(0, 3))) : 250;
}

int late_code_in(rcpt_arguments const& one) {
    auto const& text = one.path.local_part();
    auto const at = text.find("late");
    return at == text.npos ? 250 : code_in(std::string_view(text).substr(at + 4));
}

constexpr std::string_view bodies[] = {"7BIT", "8BITMIME", "BINARYMIME"};
constexpr std::string_view returns[] = {"", "FULL", "HDRS"};
constexpr std::string_view reasons[] = {"reset", "hello", "quit", "lost", "timeout", "refused", "broken"};

std::string described(mail_arguments const& mail) {
    std::ostringstream out;
    out << "mail <" << mail.path.address() << '>';
    if (mail.path.is_null()) out << " null";
    if (mail.smtputf8) out << " utf8";
    if (mail.body != body_type::seven_bit) out << " body=" << bodies[static_cast<int>(mail.body)];
    if (mail.size) out << " size=" << *mail.size;
    if (mail.ret != returned::unspecified) out << " ret=" << returns[static_cast<int>(mail.ret)];
    if (mail.envelope_id) out << " envid=" << *mail.envelope_id;
    if (mail.authenticated) out << " auth=" << *mail.authenticated;
    for (auto const& one : mail.parameters) out << ' ' << one.keyword << '=' << one.value.value_or("");
    return out.str();
}

std::string described(rcpt_arguments const& rcpt) {
    std::ostringstream out;
    out << "rcpt <" << rcpt.path.address() << '>';
    if (rcpt.path.is_bare_postmaster()) out << " postmaster";
    if (rcpt.notify) {
        out << " notify=" << (rcpt.notify->never ? "never" : "") << (rcpt.notify->success ? "s" : "")
            << (rcpt.notify->failure ? "f" : "") << (rcpt.notify->delay ? "d" : "");
    }
    if (rcpt.original) out << " original=" << rcpt.original->type << ' ' << rcpt.original->address;
    for (auto const& one : rcpt.parameters) out << ' ' << one.keyword << '=' << one.value.value_or("");
    return out.str();
}

std::string described(content_faults const& found) {
    std::string text;
    if (found.bare_lf) text += " bare-lf";
    if (found.bare_cr) text += " bare-cr";
    if (found.nul) text += " nul";
    if (found.long_line) text += " long-line";
    return text;
}

std::chrono::seconds seconds_in(std::string const& text) {
    return std::chrono::seconds(std::stoi(text));
}

connection somebody() {
    connection who;
    who.client.address = boost::asio::ip::make_address("192.0.2.1");
    return who;
}

}  // namespace

played_server::played_server(std::shared_ptr<session_options const> options, xclient_use xclient)
    : session_(std::move(options), somebody(), xclient) {}

void played_server::feed(std::string_view octets) {
    if (is_closed_ || is_shaking_hands_) return;  // what comes in clear is no handshake
    session_.feed(octets);
    run();
}

void played_server::happen(std::string const& directive) {
    if (is_closed_) return;
    if (directive == "lost") session_.ended();
    if (directive == "stop") session_.stop();
    if (directive == "handshake") {
        is_shaking_hands_ = false;
        session_.secured({"TLSv1.3", "TLS_AES_256_GCM_SHA384"});
    }
    if (directive.starts_with("wait ")) {
        now_ += seconds_in(directive.substr(5));
        if (now_ >= until_) session_.expired();
    }
    run();
}

std::string played_server::take_record() {
    return std::exchange(record_, {});
}

void played_server::run() {
    while (!is_closed_ && obey(session_.next(now_))) {
    }
}

void played_server::note(std::string const& line) {
    note_output();
    record_ += "* " + line + '\n';
}

void played_server::note_output() {
    auto octets = std::string(session_.output());
    session_.written(octets.size());
    while (!octets.empty()) {
        auto const end = octets.find("\r\n");
        if (end == octets.npos) throw std::runtime_error("a reply has no end");
        record_ += "< " + ::test::escaped(octets.substr(0, end)) + '\n';
        octets.erase(0, end + 2);
    }
}

/// Returns whether the session goes on at once.
bool played_server::obey(any_action const& what) {
    struct shell {
        played_server& self;
        session& machine;

        bool operator()(action::read const& one) const {
            self.until_ = one.until;
            self.note_output();
            return false;
        }
        bool operator()(action::write const&) const {
            self.note_output();
            return true;
        }
        bool operator()(action::pause const& one) const {
            self.note("pause " + std::to_string(one.span.count()) + " ms");
            return true;
        }
        bool operator()(action::ask_connect const&) const {
            self.note("connect");
            return answered(250);
        }
        bool operator()(action::ask_hello const& one) const {
            self.note("hello " + std::string(one.name));
            return answered(code_in(one.name));
        }
        bool operator()(action::ask_mail const& one) const {
            self.note(described(one.mail));
            return answered(code_in(one.mail.path.local_part()));
        }
        bool operator()(action::ask_rcpt const& one) const {
            self.note(described(one.rcpt));
            return answered(code_in(one.rcpt.path.local_part()));
        }
        bool operator()(action::ask_data const&) const {
            self.note("data");
            return answered(code_in(machine.transaction().mail.path.domain()));
        }
        bool operator()(action::ask_message const& one) const {
            auto const octets = std::exchange(self.content_, {});
            auto const size = std::exchange(self.content_size_, 0);
            if (size != one.facts.size) self.note("WRONG SIZE");
            auto const text = self.is_brief_ ? std::to_string(size) + " bytes" : ::test::escaped(octets);
            auto const& envelope = machine.transaction();
            auto const from = "<" + envelope.mail.path.address() + ">";
            std::string to;
            for (auto const& rcpt : envelope.recipients) to += " <" + rcpt.path.address() + ">";
            self.note("message" + described(one.facts.faults) + " " + from + " ->" + to + ": " + text);
            bool const is_late = to.find("late") != to.npos;
            if (!is_late) return answered(code_in(octets));
            std::vector<reply> all;
            all.reserve(envelope.recipients.size());
            for (auto const& rcpt : envelope.recipients) all.emplace_back(late_code_in(rcpt));
            machine.answer_each(std::move(all));
            return true;
        }
        bool operator()(action::ask_auth const& one) const {
            auto const& found = one.credentials;
            self.note("auth " + found.mechanism + " \"" + found.authorization + "\" \"" + found.user +
                      "\" \"" + found.password + "\"");
            return answered(found.password == "secret" ? 235 : 535);
        }
        bool operator()(action::ask_vrfy const& one) const {
            self.note("vrfy " + std::string(one.argument));
            return answered(code_in(one.argument));
        }
        bool operator()(action::ask_unknown const& one) const {
            self.note("unknown " + std::string(one.line));
            return answered(code_in(one.line));
        }
        bool operator()(action::take_content const& one) const {
            self.content_size_ += one.octets.size();
            self.largest_piece_ = std::max(self.largest_piece_, one.octets.size());
            if (!self.is_brief_) self.content_ += one.octets;
            return true;
        }
        bool operator()(action::abandoned const& one) const {
            self.content_.clear();
            self.content_size_ = 0;
            self.note("abandoned: " + std::string(reasons[static_cast<int>(one.why)]) + " <" +
                      one.envelope.mail.path.address() + "> to " +
                      std::to_string(one.envelope.recipients.size()));
            return true;
        }
        bool operator()(action::start_tls const&) const {
            self.note("tls");
            self.is_shaking_hands_ = true;
            return false;
        }
        bool operator()(action::close const&) const {
            self.note("close");
            self.is_closed_ = true;
            return false;
        }

        bool answered(int code) const {
            if (code == 250 || code == 235) {
                machine.answer(code);
            } else {
                machine.answer({code, "the application says so"});
            }
            return true;
        }
    };
    return std::visit(shell{*this, session_}, what);
}

}  // namespace smtpserver::testing
