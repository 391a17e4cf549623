#include "bridge/filter_chain.hpp"

#include <chrono>

#include "bridge/queued_mail.hpp"
#include "milterproto/core/mta/filter_turn.hpp"

namespace testmta::bridge {
namespace {

using core::family;

/// Returns an id that no other message of this process has.
std::string next_queue_id() {
    static std::uint64_t number = static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch())
            .count());
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string id;
    for (auto rest = ++number * 16; rest != 0; rest /= 16) id.insert(id.begin(), digits[rest % 16]);
    return id;
}

std::string in_brackets(smtpserver::path const& path) {
    return '<' + path.address() + '>';
}

std::string in_words(filter_answer const& said) {
    if (said.failed) return "failed: " + said.failed.message();
    switch (*said.verdict) {
        case core::answer::proceed: return "continue";
        case core::answer::accept: return "accept";
        case core::answer::reject: return "reject";
        case core::answer::tempfail: return "tempfail";
        case core::answer::discard: return "discard";
        case core::answer::skip: return "skip";
        case core::answer::shutdown: return "shutdown";
        case core::answer::reply_code: return "reply " + said.reply;
        default: return std::string(1, static_cast<char>(*said.verdict));
    }
}

std::string name_of(smtpserver::client const& who) {
    return who.name.empty() ? "unknown" : who.name;
}

}  // namespace

filter_chain::filter_chain(boost::asio::any_io_executor const& executor, filter_plan const& plan,
                           filter_news news)
    : plan_(plan), news_(std::move(news)), standing_(plan.dialect) {
    for (auto const& where : plan.filters)
        links_.push_back(std::make_unique<filter_link>(executor, where, plan.dialect));
}

// ---- one command after the other ----

filter_chain::task<filter_chain::response> filter_chain::connect(smtpserver::client const& who) {
    describe(who);
    response refusal;
    for (auto const& one : links_) {
        auto const said = co_await one->open();
        if (said.failed && refusal.is_own()) refusal = weigh(*one, core::command::connect, said);
    }
    if (!refusal.is_own()) co_return refusal;
    issue const how = [&who](core::mta_session& mta) {
        if (!who.address) return mta.connect("localhost", family::unix_socket, 0, name_of(who));
        auto const kind = who.address->is_v4() ? family::ipv4 : family::ipv6;
        return mta.connect(name_of(who), kind, who.port, who.address->to_string());
    };
    co_return co_await ask(core::command::connect, how);
}

filter_chain::task<filter_chain::response> filter_chain::hello(smtpserver::connection const& who,
                                                               std::string name) {
    if (who.tls && !std::exchange(is_secured_, true)) {
        set_everywhere("{tls_version}", who.tls->version);
        set_everywhere("{cipher}", who.tls->cipher);
        issue const secured = [](core::mta_session& mta) { return mta.starttls(); };
        co_await tell(secured);
    }
    issue const how = [&name](core::mta_session& mta) { return mta.helo(name); };
    co_return co_await ask(core::command::helo, how);
}

filter_chain::task<filter_chain::response> filter_chain::mail(smtpserver::connection const& who,
                                                              smtpserver::mail_arguments const& what) {
    queue_id_ = next_queue_id();
    has_seen_data_ = false;
    if (!who.user.empty()) set_everywhere("{auth_authen}", who.user);
    set_everywhere("{mail_addr}", what.path.address());
    set_everywhere("{mail_host}", what.path.domain());
    set_everywhere("{mail_mailer}", "smtp");
    auto const path = in_brackets(what.path);
    auto const parameters = in_words(what.parameters);
    std::vector<std::string_view> const views(parameters.begin(), parameters.end());
    issue const how = [&](core::mta_session& mta) {
        mta.queue_id(queue_id_);
        return mta.mail(path, views);
    };
    auto given = co_await ask(core::command::mail, how);
    if (!given.is_own()) co_await reset();
    co_return given;
}

filter_chain::task<filter_chain::response> filter_chain::rcpt(smtpserver::rcpt_arguments const& what) {
    set_everywhere("{rcpt_addr}", what.path.address());
    set_everywhere("{rcpt_host}", what.path.domain());
    set_everywhere("{rcpt_mailer}", "smtp");
    auto const path = in_brackets(what.path);
    auto const parameters = in_words(what.parameters);
    std::vector<std::string_view> const views(parameters.begin(), parameters.end());
    issue const how = [&](core::mta_session& mta) { return mta.rcpt(path, views); };
    co_return co_await ask(core::command::rcpt, how);
}

filter_chain::task<void> filter_chain::refused_rcpt(smtpserver::rcpt_arguments const& what,
                                                    std::string text) {
    auto const path = in_brackets(what.path);
    auto const parameters = in_words(what.parameters);
    std::vector<std::string_view> const views(parameters.begin(), parameters.end());
    issue const how = [&](core::mta_session& mta) { return mta.refused_rcpt(path, views, "5.7.1", text); };
    co_await tell(how);
}

filter_chain::task<filter_chain::response> filter_chain::data() {
    has_seen_data_ = true;
    issue const how = [](core::mta_session& mta) { return mta.data(); };
    co_return co_await ask(core::command::data, how);
}

filter_chain::task<filter_chain::response> filter_chain::unknown(std::string line) {
    issue const how = [&line](core::mta_session& mta) { return mta.unknown(line); };
    co_return co_await ask(core::command::unknown, how);
}

filter_chain::task<void> filter_chain::reset() {
    standing_.message_over();
    issue const how = [](core::mta_session& mta) { return mta.reset(); };
    co_await tell(how);
}

filter_chain::task<void> filter_chain::leave(farewell how) {
    issue const last = [how](core::mta_session& mta) {
        return how == farewell::quit ? mta.quit() : mta.client_gone();
    };
    co_await tell(last);
}

// ---- the message ----

filter_chain::task<filter_chain::response> filter_chain::judge(core::queued_message& message) {
    if (!has_seen_data_) {  // a message in chunks has no DATA
        auto given = co_await data();
        if (!given.is_own()) co_return given;
    }
    response refusal = standing_.before(core::command::end_of_message);
    for (auto const& one : links_) {
        if (!refusal.is_own() || standing_.discards()) break;
        if (one->is_open()) refusal = co_await judge(*one, message);
    }
    if (standing_.discards()) message.becomes = core::queued_message::fate::discarded;
    co_await reset();
    co_return refusal;
}

filter_chain::task<filter_chain::response> filter_chain::judge(filter_link& one,
                                                               core::queued_message& message) {
    core::queued_message const shown = message;  // which the filter may change while it is shown
    auto const fields = shown.shown_headers(plan_.dialect.edits);
    core::filter_turn turn(message, plan_.dialect, one.mta().agreed());
    one.mta().content(fields, shown.body);
    filter_link::change_handler const apply = [&](core::modification const& change) {
        return turn.apply(change);
    };
    auto const said = co_await one.settle(apply);
    if (said.verdict) turn.finish(*said.verdict);
    co_return weigh(one, said.verdict ? said.to : core::command::end_of_message, said);
}

// ---- all filters ----

filter_chain::task<filter_chain::response> filter_chain::ask(core::command what, issue how) {
    if (auto stands = standing_.before(what); !stands.is_own()) co_return stands;
    for (auto const& one : links_) {
        if (standing_.discards()) break;
        if (!one->is_open()) continue;
        how(one->mta());
        auto const said = co_await one->settle();
        auto given = weigh(*one, what, said);
        if (!given.is_own()) co_return given;
    }
    co_return response();
}

filter_chain::task<void> filter_chain::tell(issue how) {
    for (auto const& one : links_) {
        if (!one->is_open()) continue;
        how(one->mta());
        auto const said = co_await one->settle();
        if (said.failed) news_(one->name(), in_words(said));
    }
}

filter_chain::response filter_chain::weigh(filter_link const& one, core::command what,
                                           filter_answer const& said) {
    if (!said.failed && !said.verdict) return {};
    if (said.failed || *said.verdict != core::answer::proceed) news_(one.name(), in_words(said));
    if (said.failed) return standing_.on_failure(what, said.failed);
    return standing_.on_verdict(what, *said.verdict, said.reply);
}

// ---- what filters know ----

void filter_chain::set_everywhere(std::string_view macro, std::string_view value) {
    for (auto const& one : links_) one->mta().macros().set(macro, value);
}

void filter_chain::describe(smtpserver::client const& who) {
    set_everywhere("j", plan_.host_name);
    set_everywhere("v", "testmta");
    set_everywhere("{daemon_name}", plan_.host_name);
    auto const address = who.address ? who.address->to_string() : std::string();
    set_everywhere("_", name_of(who) + " [" + address + ']');
    set_everywhere("{client_name}", name_of(who));
    set_everywhere("{client_addr}", address);
    set_everywhere("{client_port}", std::to_string(who.port));
}

}  // namespace testmta::bridge
