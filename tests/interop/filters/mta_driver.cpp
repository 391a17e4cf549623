// Plays an MTA against a filter that somebody else wrote. It reads SMTP-like steps from standard input, one a
// line, and writes the outcome of each to standard output. The filter is real, on a real socket.
//
//     connect HOST ADDRESS      ADDRESS in numbers, or - for a client without one
//     macro NAME VALUE          from here on
//     queue_id ID               of the next message
//     helo NAME
//     mail PATH [PARAMETER...]
//     rcpt PATH [PARAMETER...]
//     data
//     message FILE              fields, an empty line, a body; lines may end in LF or CRLF
//     unknown LINE
//     reset | quit | gone       gone: the client left without QUIT
//
// Each step is answered by a line "STEP: OUTCOME". An accepted message is shown as the filter left it, in
// lines that begin with "queued:".
#include <poll.h>

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>

#include "milterproto/core/error.hpp"
#include "milterproto/core/mta/filter_turn.hpp"
#include "milterproto/core/mta/mta_session.hpp"
#include "milterproto/socket_spec.hpp"

namespace {

using namespace milterproto;
using core::answer;

/// Far above what any filter needs, so that it ends only a filter that hangs.
constexpr int most_milliseconds = 20'000;

std::string escaped(std::string_view text) {
    std::string shown;
    for (char const c : text) {
        auto const octet = static_cast<unsigned char>(c);
        constexpr std::string_view digits = "0123456789abcdef";
        if (octet >= 0x20 && octet <= 0x7e && c != '\\') {
            shown += c;
        } else {
            shown.append("\\x").append(1, digits[octet >> 4]).append(1, digits[octet & 15]);
        }
    }
    return shown;
}

std::string in_words(answer code) {
    switch (code) {
        case answer::proceed: return "continue";
        case answer::accept: return "accept";
        case answer::reject: return "reject";
        case answer::tempfail: return "tempfail";
        case answer::discard: return "discard";
        case answer::skip: return "skip";
        case answer::reply_code: return "reply";
        case answer::shutdown: return "shutdown";
        case answer::add_recipient:
        case answer::add_recipient_args: return "add-rcpt";
        case answer::delete_recipient: return "delete-rcpt";
        case answer::change_sender: return "change-from";
        case answer::add_header: return "add-header";
        case answer::insert_header: return "insert-header";
        case answer::change_header: return "change-header";
        case answer::replace_body: return "replace-body";
        case answer::quarantine: return "quarantine";
        default: return std::string(1, static_cast<char>(code));
    }
}

std::string in_words(core::modification const& change) {
    auto text = in_words(change.what);
    if (change.what == answer::replace_body) return text + ' ' + std::to_string(change.subject.size());
    if (change.what == answer::insert_header || change.what == answer::change_header)
        text += ' ' + std::to_string(change.index);
    text += ' ' + escaped(change.subject);
    return change.value.empty() ? text : text + ' ' + escaped(change.value);
}

/// The message under way, with what the filter sees of it and changes in it.
class transaction {
public:
    core::queued_message message;
    std::optional<core::filter_turn> turn;

    void begin(std::string_view path) {
        turn.reset();
        message = {};
        message.sender = core::without_brackets(path);
    }

    void read(std::string const& file) {
        std::ifstream in(file, std::ios::binary);
        if (!in) throw std::runtime_error("cannot read " + file);
        std::string line;
        while (std::getline(in, line) && line != "" && line != "\r") {
            if (line.ends_with('\r')) line.pop_back();
            if (line.starts_with(' ') || line.starts_with('\t')) {
                message.headers.back().value.append("\n").append(line);
            } else {
                auto const colon = line.find(':');
                message.headers.emplace_back(line.substr(0, colon), line.substr(colon + 1));
            }
        }
        std::ostringstream body;
        body << in.rdbuf();
        message.body = body.str();
    }

    void show(std::ostream& out) const {
        out << "queued: from " << message.sender << '\n';
        for (auto const& one : message.recipients) out << "queued: to " << one.address << '\n';
        if (message.quarantine) out << "queued: held " << escaped(*message.quarantine) << '\n';
        for (auto const& one : message.headers) {
            if (!one.deleted) out << "queued: field " << one.name << ':' << escaped(one.value) << '\n';
        }
        out << "queued: body " << escaped(message.body) << '\n';
    }
};

class driver {
public:
    driver(core::mta_dialect const& as, socket_spec const& where) : mta_(as), socket_(context_) {
        socket_.connect(where.endpoint());
        socket_.non_blocking(true);
    }

    void negotiate() {
        mta_.begin();
        settle("negotiate");
    }

    void play(std::string const& step) {
        std::istringstream words(step);
        std::string name;
        if (words >> name) report(name, issue(name, words));
    }

private:
    static std::string rest(std::istringstream& words) {
        std::string text;
        std::getline(words >> std::ws, text);
        return text;
    }

    std::optional<core::issued> issue(std::string const& name, std::istringstream& words) {
        std::string first;
        if (name == "connect") {
            std::string address;
            words >> first >> address;
            return connect(first, address);
        }
        if (name == "macro") {
            words >> first;
            mta_.macros().set(first, rest(words));
            return std::nullopt;
        }
        if (name == "queue_id") {
            mta_.queue_id(rest(words));
            return std::nullopt;
        }
        if (name == "helo") return mta_.helo(rest(words));
        if (name == "unknown") return mta_.unknown(rest(words));
        if (name == "mail" || name == "rcpt") return path(name, words);
        if (name == "data") return mta_.data();
        if (name == "message") {
            now_.read(rest(words));
            now_.turn.emplace(now_.message, mta_.dialect(), mta_.agreed());
            fields_ = now_.message.shown_headers(mta_.dialect().edits);
            body_ = now_.message.body;
            return mta_.content(fields_, body_);
        }
        if (name == "reset") return mta_.reset();
        if (name == "quit") return mta_.quit();
        if (name == "gone") return mta_.client_gone();
        throw std::runtime_error(name + " is not a step");
    }

    core::issued connect(std::string const& host, std::string const& address) {
        if (address == "-") return mta_.connect(host, core::family::unknown, 0, {});
        auto const kind = address.find(':') == std::string::npos ? core::family::ipv4 : core::family::ipv6;
        return mta_.connect(host, kind, 4711, address);
    }

    core::issued path(std::string const& name, std::istringstream& words) {
        std::string first;
        words >> first;
        std::vector<std::string> more;
        for (std::string one; words >> one;) more.push_back(one);
        std::vector<std::string_view> const views(more.begin(), more.end());
        if (name == "mail") {
            now_.begin(first);
            return mta_.mail(first, views);
        }
        now_.message.recipients.emplace_back(std::string(core::without_brackets(first)));
        return mta_.rcpt(first, views);
    }

    void report(std::string const& name, std::optional<core::issued> outcome) {
        if (!outcome) return;
        switch (*outcome) {
            case core::issued::awaits_answer: break;
            case core::issued::unanswered: std::cout << name << ": unanswered\n"; break;
            case core::issued::withheld: std::cout << name << ": withheld\n"; break;
            case core::issued::too_early: throw std::runtime_error(name + " comes too early");
        }
        settle(name);
    }

    /// Writes and reads until no answer is due.
    void settle(std::string const& name) {
        for (;;) {
            auto const event = mta_.next();
            if (std::holds_alternative<core::need_io>(event)) {
                write();
                if (!mta_.reply_due()) break;
                read();
            } else {
                std::visit([&](auto const& one) { show(name, one); }, event);
            }
        }
        std::cout.flush();
    }

    void show(std::string const&, core::need_io const&) {}
    void show(std::string const& name, core::filter_agreed const&) {
        std::cout << name << ": version=" << mta_.agreed().version << std::hex << " actions=0x"
                  << mta_.agreed().actions << " steps=0x" << mta_.agreed().steps << std::dec << '\n';
    }
    void show(std::string const& name, core::filter_verdict const& verdict) {
        std::cout << name << ": " << in_words(verdict.verdict);
        if (!verdict.reply.empty()) std::cout << ' ' << escaped(verdict.reply);
        std::cout << '\n';
        if (name != "message") return;
        now_.turn->finish(verdict.verdict);
        if (now_.message.becomes == core::queued_message::fate::delivered) now_.show(std::cout);
    }
    void show(std::string const& name, core::filter_change const& change) {
        std::cout << name << ": " << in_words(change.what) << '\n';
        auto const applied = now_.turn->apply(change.what);
        if (!applied) std::cout << name << ": not applied: " << applied.error().message() << '\n';
    }
    void show(std::string const& name, core::filter_progress const&) { std::cout << name << ": progress\n"; }
    void show(std::string const& name, core::filter_failed const& failure) {
        std::cout << name << ": failed: " << failure.why.message() << '\n';
    }

    void write() {
        while (!mta_.output().empty()) {
            wait(POLLOUT);
            boost::system::error_code failed;
            auto const output = mta_.output();
            auto const count = socket_.write_some(boost::asio::buffer(output.data(), output.size()), failed);
            if (failed) return mta_.fail(failed);
            mta_.sent(count);
        }
    }

    void read() {
        if (!wait(POLLIN)) return mta_.fail(make_error_code(boost::asio::error::timed_out));
        auto const room = mta_.input();
        boost::system::error_code failed;
        auto const count = socket_.read_some(boost::asio::buffer(room.data(), room.size()), failed);
        if (failed) return mta_.fail(make_error_code(errc::peer_gone));
        mta_.received(count);
    }

    bool wait(short what) {
        pollfd one{socket_.native_handle(), what, 0};
        return ::poll(&one, 1, most_milliseconds) == 1;
    }

    core::mta_session mta_;
    boost::asio::io_context context_;
    boost::asio::generic::stream_protocol::socket socket_;
    transaction now_;
    std::vector<core::header_view> fields_;  ///< of the message under way
    std::string body_;
};

int usage() {
    std::cerr << "usage: mta_driver SOCKET postfix|sendmail [PROTOCOL]\n";
    return 64;
}

}  // namespace

int main(int count, char** arguments) try {
    if (count != 3 && count != 4) return usage();
    auto const where = socket_spec::parse(arguments[1]);
    std::string_view const name = arguments[2];
    if (!where || (name != "postfix" && name != "sendmail")) return usage();
    auto const version = count == 4 ? std::stoul(arguments[3]) : core::newest_version;
    auto const as = name == "postfix" ? core::postfix(static_cast<std::uint32_t>(version)) : core::sendmail();
    driver mta(as, *where);
    mta.negotiate();
    for (std::string step; std::getline(std::cin, step);) mta.play(step);
    return 0;
} catch (std::exception const& e) {
    std::cerr << "mta_driver: " << e.what() << '\n';
    return 1;
}
