#include "recording.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>
#include <system_error>
#include <utility>
#include <variant>

#include "milterproto/core/mta/mta_session.hpp"
#include "work.hpp"

namespace bench {

namespace {

namespace core = milterproto::core;

class descriptor {
public:
    explicit descriptor(int number) noexcept : number_(number) {}
    ~descriptor() { ::close(number_); }
    descriptor(descriptor const&) = delete;
    descriptor& operator=(descriptor const&) = delete;
    int number() const noexcept { return number_; }

private:
    int number_;
};

class recorder {
public:
    recorder(milterproto::socket_spec const& where, workload const& mail, behaviour expected)
        : socket_(connect_to(where)), mta_(core::postfix()), mail_(mail), expected_(expected) {
        name_macros();
    }

    std::vector<exchange> greet();
    std::vector<exchange> send_message();
    std::string leave();
    std::uint32_t steps() const noexcept { return mta_.agreed().steps; }

private:
    void name_macros();
    void settle();
    void gather();
    void write();
    void read();
    void look_at(core::mta_event const& event);
    std::vector<exchange> take() { return std::exchange(done_, {}); }

    descriptor socket_;
    core::mta_session mta_;
    workload const& mail_;
    behaviour expected_;
    std::vector<exchange> done_;
    exchange current_;
    std::size_t written_ = 0;  ///< of current_.sent
    unsigned changes_ = 0;
    bool message_passed_ = false;
};

void recorder::name_macros() {
    auto& macros = mta_.macros();
    macros.set("j", "mx.example.org");
    macros.set("{daemon_name}", "mx.example.org");
    macros.set("{daemon_addr}", "192.0.2.25");
    macros.set("v", "Postfix 3.7.11");
    macros.set("_", "client.example.com [192.0.2.1]");
    macros.set("{mail_addr}", "sender@example.com");
    macros.set("{mail_host}", "example.com");
    macros.set("{mail_mailer}", "smtp");
    macros.set("{rcpt_host}", "example.org");
    macros.set("{rcpt_mailer}", "local");
}

std::vector<exchange> recorder::greet() {
    mta_.begin();
    settle();
    mta_.connect("client.example.com", core::family::ipv4, 40025, "192.0.2.1");
    settle();
    mta_.helo("client.example.com");
    settle();
    return take();
}

std::vector<exchange> recorder::send_message() {
    changes_ = 0;
    message_passed_ = false;
    mta_.queue_id("4bench0000z");
    mta_.mail("<sender@example.com>", {"SIZE=51200", "BODY=8BITMIME"});
    settle();
    for (auto const& recipient : mail_.recipients()) {
        mta_.macros().set("{rcpt_addr}", recipient.substr(1, recipient.size() - 2));
        mta_.rcpt(recipient);
        settle();
    }
    mta_.data();
    settle();
    auto const headers = mail_.headers();
    mta_.content(headers, mail_.body());
    settle();
    if (!message_passed_) throw std::runtime_error("the message was not accepted");
    if (changes_ != (expected_ == behaviour::full ? 1 : 0))
        throw std::runtime_error("expected exactly one header to be added");
    return take();
}

std::string recorder::leave() {
    mta_.quit();
    settle();
    write();
    return std::move(current_.sent);
}

/// Writes and reads until the filter owes no answer. What was written and gets no answer becomes part of the
/// next exchange.
void recorder::settle() {
    for (;;) {
        gather();
        auto const event = mta_.next();
        if (!std::holds_alternative<core::need_io>(event)) {
            look_at(event);
        } else if (!mta_.output().empty()) {
            continue;
        } else if (mta_.reply_due()) {
            write();
            read();
        } else {
            break;
        }
    }
    if (current_.answered.empty()) return;
    done_.push_back(std::exchange(current_, {}));
    written_ = 0;
}

/// Collects output, which goes out only when an answer is awaited, as with Postfix's buffers.
void recorder::gather() {
    auto const octets = mta_.output();
    if (octets.empty()) return;
    if (!current_.answered.empty()) {
        done_.push_back(std::exchange(current_, {}));
        written_ = 0;
    }
    current_.sent.append(octets);
    mta_.sent(octets.size());
}

void recorder::write() {
    while (written_ != current_.sent.size()) {
        auto const octets = std::string_view(current_.sent).substr(written_);
        auto const count = ::send(socket_.number(), octets.data(), octets.size(), MSG_NOSIGNAL);
        if (count < 0) throw std::system_error(errno, std::generic_category(), "send");
        written_ += static_cast<std::size_t>(count);
    }
}

void recorder::read() {
    auto const room = mta_.input();
    auto const count = ::recv(socket_.number(), room.data(), room.size(), 0);
    if (count < 0) throw std::system_error(errno, std::generic_category(), "recv");
    if (count == 0) throw std::runtime_error("the filter closed the connection");
    current_.answered.append(room.data(), static_cast<std::size_t>(count));
    mta_.received(static_cast<std::size_t>(count));
}

void recorder::look_at(core::mta_event const& event) {
    if (auto const* failed = std::get_if<core::filter_failed>(&event))
        throw std::runtime_error("the filter failed: " + failed->why.message());
    if (auto const* change = std::get_if<core::filter_change>(&event)) {
        ++changes_;
        bool const is_ours = change->what.what == core::answer::add_header &&
                             change->what.subject == header_name &&
                             change->what.value == mail_.header_to_come();
        if (!is_ours) {
            throw std::runtime_error("an unexpected header was added: " + std::string(change->what.value) +
                                     " instead of " + mail_.header_to_come());
        }
    }
    if (auto const* verdict = std::get_if<core::filter_verdict>(&event)) {
        if (verdict->verdict != core::answer::proceed)
            throw std::runtime_error("expected the verdict continue");
        message_passed_ = verdict->to == core::command::end_of_message;
    }
}

/// A filter that took fewer events than it should, or left more unanswered, would have an advantage.
void check_agreement(std::uint32_t steps, filter_command_line const& wanted) {
    namespace step = core::step;
    constexpr auto declinable = step::no_helo | step::no_mail | step::no_rcpt | step::no_data |
                                step::no_headers | step::no_end_of_headers | step::no_body;
    auto const declined = steps & (declinable | step::no_connect);
    if (declined != (wanted.behaviour == behaviour::noop ? declinable : 0))
        throw std::runtime_error("the filter takes other events than it should");
    auto const answered_steps = step::all_no_reply & ~step::no_reply_unknown;
    auto const unanswered = steps & answered_steps;
    if (wanted.negotiate == negotiate::by_default
            ? unanswered != 0
            : wanted.behaviour == behaviour::full && unanswered != answered_steps)
        throw std::runtime_error("the filter answers other events than it should");
}

bool same(std::vector<exchange> const& one, std::vector<exchange> const& other) {
    return std::equal(one.begin(), one.end(), other.begin(), other.end(), [](auto const& a, auto const& b) {
        return a.sent == b.sent && a.answered == b.answered;
    });
}

}  // namespace

recording record(milterproto::socket_spec const& where, workload const& mail,
                 filter_command_line const& wanted, with content) {
    recorder mta(where, mail, wanted.behaviour);
    recording result;
    result.greeting = mta.greet();
    check_agreement(mta.steps(), wanted);
    if (content == with::messages) {
        result.first = mta.send_message();
        result.further = mta.send_message();
        if (!same(mta.send_message(), result.further))
            throw std::runtime_error("the filter does not treat equal messages alike");
    }
    result.farewell = mta.leave();
    return result;
}

int connect_to(milterproto::socket_spec const& where) {
    auto const endpoint = where.endpoint();
    int const made = ::socket(endpoint.protocol().family(), SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (made < 0) throw std::system_error(errno, std::generic_category(), "socket");
    int const on = 1;
    if (where.family() != milterproto::socket_spec::kind::unix_path)
        ::setsockopt(made, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (::connect(made, endpoint.data(), static_cast<socklen_t>(endpoint.size())) != 0) {
        auto const why = errno;
        ::close(made);
        throw std::system_error(why, std::generic_category(), where.to_string());
    }
    return made;
}

}  // namespace bench
