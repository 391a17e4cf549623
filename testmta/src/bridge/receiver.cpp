#include "bridge/receiver.hpp"

#include <algorithm>
#include <boost/algorithm/string/predicate.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <chrono>
#include <ctime>

#include "bridge/client_name.hpp"
#include "bridge/queued_mail.hpp"
#include "bridge/whole_reply.hpp"

namespace testmta::bridge {
namespace {

namespace asio = boost::asio;
using smtpserver::message_answer;
using smtpserver::reply;

/// Returns what the client hears: the text of the filter or of the dialect as it is, or 250.
reply in_smtp(core::client_response const& given) {
    return given.is_own() ? reply(250) : reply_from(given.reply);
}

/// Returns the time as a message says it (RFC 5322 3.3).
std::string day_of(std::chrono::system_clock::time_point when) {
    auto const seconds = std::chrono::system_clock::to_time_t(when);
    std::tm local{};
    ::localtime_r(&seconds, &local);
    char text[64];
    auto const size = std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S %z", &local);
    return {text, size};
}

std::string address_of(smtpserver::connection const& who) {
    return who.client.address ? who.client.address->to_string() : who.client.name;
}

}  // namespace

receiver::receiver(asio::any_io_executor executor, filter_plan plan, domains ours,
                   std::vector<std::unique_ptr<destination>> where, journal log)
    : executor_(std::move(executor)),
      plan_(std::move(plan)),
      domains_(std::move(ours)),
      destinations_(std::move(where)),
      log_(std::move(log)) {}

smtpserver::callbacks receiver::callbacks() {
    smtpserver::callbacks made;
    made.on_connect = [this](connection const& who) { return take_connect(who); };
    made.on_hello = [this](connection const& who, std::string_view name) { return take_hello(who, name); };
    made.on_mail = [this](connection const& who, smtpserver::mail_arguments const& what) {
        return take_mail(who, what);
    };
    made.on_rcpt = [this](connection const& who, smtpserver::mail_arguments const&,
                          smtpserver::rcpt_arguments const& what) { return take_rcpt(who, what); };
    made.on_data = [this](connection const& who, smtpserver::envelope const&) { return take_data(who); };
    made.on_message = [this](connection const& who, smtpserver::message const& what) {
        return take_message(who, what);
    };
    made.on_unknown = [this](connection const& who, std::string_view line) {
        return take_unknown(who, line);
    };
    made.on_abort = [this](connection const& who, smtpserver::envelope const&, smtpserver::abandonment why) {
        return take_abort(who, why);
    };
    return made;
}

// ---- steps of a client ----

/// A proxy that speaks for another client (XCLIENT) comes here once more.
receiver::task<reply> receiver::take_connect(connection const& who) {
    if (auto before = chain_of(who)) part_from(std::move(before), filter_chain::farewell::quit);
    filter_news news = [this, client = who.number](std::string_view filter, std::string_view what) {
        log_('[' + std::to_string(client) + "] " + std::string(filter) + ": " + std::string(what));
    };
    auto const chain = std::make_shared<filter_chain>(executor_, plan_, std::move(news));
    chains_[who.number] = chain;
    note(who, "connection from " + address_of(who));
    auto client = who.client;
    if (client.name.empty() && client.address) client.name = co_await client_name(*client.address);
    auto const given = co_await chain->connect(client);
    co_return in_smtp(given);
}

receiver::task<reply> receiver::take_hello(connection const& who, std::string_view name) {
    auto const chain = chain_of(who);
    std::string text(name);
    auto const given = co_await chain->hello(who, std::move(text));
    co_return in_smtp(given);
}

receiver::task<reply> receiver::take_mail(connection const& who, smtpserver::mail_arguments const& what) {
    auto const chain = chain_of(who);
    auto const given = co_await chain->mail(who, what);
    co_return in_smtp(given);
}

receiver::task<reply> receiver::take_rcpt(connection const& who, smtpserver::rcpt_arguments const& what) {
    auto const chain = chain_of(who);
    if (!is_ours(what.path)) {
        constexpr auto const* text = "5.7.1 No mail is taken for this domain";
        co_await chain->refused_rcpt(what, text);
        co_return reply(550, text);
    }
    auto const given = co_await chain->rcpt(what);
    co_return in_smtp(given);
}

receiver::task<reply> receiver::take_data(connection const& who) {
    auto const chain = chain_of(who);
    auto const given = co_await chain->data();
    co_return in_smtp(given);
}

receiver::task<reply> receiver::take_unknown(connection const& who, std::string_view line) {
    auto const chain = chain_of(who);
    std::string text(line);
    auto const given = co_await chain->unknown(std::move(text));
    co_return in_smtp(given);
}

receiver::task<message_answer> receiver::take_message(connection const& who,
                                                      smtpserver::message const& what) {
    auto const chain = chain_of(who);
    finished_mail mail;
    mail.id = chain->queue_id();
    mail.original = what.envelope();
    mail.message = read_mail(what.envelope(), what.bytes());
    auto const day = day_of(std::chrono::system_clock::now());
    mail.message.headers.insert(mail.message.headers.begin(),
                                received_field(who, plan_.host_name, mail.id, day));
    auto const given = co_await chain->judge(mail.message);
    if (!given.is_own()) co_return message_answer(in_smtp(given));
    if (chain->holds() && !mail.message.quarantine) mail.message.quarantine = "a filter could not be asked";
    auto said = co_await deliver(who, std::move(mail));
    co_return message_answer(std::move(said));
}

receiver::task<void> receiver::take_abort(connection const& who, smtpserver::abandonment why) {
    bool const goes_on = why == smtpserver::abandonment::reset || why == smtpserver::abandonment::refused;
    auto const chain = chain_of(who);
    if (chain && goes_on) co_await chain->reset();
}

receiver::task<reply> receiver::deliver(connection const& who, finished_mail mail) {
    bool const is_dropped = mail.message.becomes == core::queued_message::fate::discarded;
    reply const taken(250, "2.0.0 Ok: queued as " + mail.id);
    if (is_dropped || mail.message.recipients.empty()) {
        note(who, "message " + mail.id + (is_dropped ? ": discarded" : ": nobody is left to get it"));
        co_return taken;
    }
    mail.octets = write_mail(mail.message);
    bool is_kept = false;
    for (auto const& each : destinations_) {
        if (mail.message.quarantine && !each->keeps_held_mail()) continue;
        auto const done = co_await each->take(mail);
        note(who, "message " + mail.id + ": " + done.note);
        if (done.refusal) co_return *done.refusal;
        is_kept = true;
    }
    if (is_kept) co_return taken;
    note(who, "message " + mail.id + ": is to be held, and there is no --maildir for it");
    co_return reply(451, "4.7.1 The message is to be held, and there is no place for that");
}

// ---- clients ----

receiver::chain_pointer receiver::chain_of(connection const& who) const {
    auto const found = chains_.find(who.number);
    return found == chains_.end() ? nullptr : found->second;
}

bool receiver::is_ours(smtpserver::path const& path) const {
    if (domains_.empty() || path.is_bare_postmaster()) return true;
    return std::ranges::any_of(
        domains_, [&](auto const& one) { return boost::algorithm::iequals(one, path.domain()); });
}

void receiver::on_closed(connection const& who, smtpserver::connection_end how) {
    auto const found = chains_.find(who.number);
    if (found == chains_.end()) return;
    auto chain = std::move(found->second);
    chains_.erase(found);
    bool const is_orderly = how == smtpserver::connection_end::orderly;
    part_from(std::move(chain), is_orderly ? filter_chain::farewell::quit : filter_chain::farewell::gone);
    note(who, is_orderly ? "end" : "the connection was lost");
}

void receiver::part_from(chain_pointer chain, filter_chain::farewell how) {
    auto const last_words = [](chain_pointer mine, filter_chain::farewell last) -> task<void> {
        co_await mine->leave(last);
    };
    asio::co_spawn(executor_, last_words(std::move(chain), how), asio::detached);
}

void receiver::on_exception(connection const& who, std::string_view callback, std::string_view what) {
    note(who, std::string(callback) + ": " + std::string(what));
}
void receiver::on_handshake_failure(connection const& who, std::string_view why) {
    note(who, "TLS could not begin: " + std::string(why));
}
void receiver::on_refused(std::string_view client, std::string_view why) {
    log_(std::string(client) + ": refused: " + std::string(why));
}

void receiver::note(connection const& who, std::string const& line) const {
    log_('[' + std::to_string(who.number) + "] " + line);
}

}  // namespace testmta::bridge
