#include "bridge/destination.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <ostream>

namespace testmta::bridge {
namespace {

namespace asio = boost::asio;
using milterproto::result;

/// Returns the fields by which who keeps mail says for whom it is.
std::string envelope_fields(milterproto::core::queued_message const& message) {
    auto fields = "Return-Path: <" + message.sender + ">\r\n";
    for (auto const& one : message.recipients) fields += "Delivered-To: " + one.address + "\r\n";
    if (message.quarantine) fields += "X-Held: " + *message.quarantine + "\r\n";
    return fields;
}

class stream_destination final : public destination {
public:
    explicit stream_destination(std::ostream& out) : out_(out) {}
    asio::awaitable<handover> take(finished_mail const& mail) override {
        out_ << "---- message " << mail.id << " from <" << mail.message.sender << "> to";
        for (auto const& one : mail.message.recipients) out_ << " <" << one.address << '>';
        if (mail.message.quarantine) out_ << ", held: " << *mail.message.quarantine;
        out_ << "\r\n" << mail.octets << (mail.octets.ends_with('\n') ? "" : "\r\n") << "----" << std::endl;
        if (!out_) co_return handover::failed("the output cannot be written");
        co_return handover::taken("printed");
    }

private:
    std::ostream& out_;
};

/// A disk that is slow holds up nobody else: a thread writes.
class folder_destination final : public destination {
public:
    folder_destination(maildir inbox, maildir held) : inbox_(std::move(inbox)), held_(std::move(held)) {}
    asio::awaitable<handover> take(finished_mail const& mail) override {
        auto const& into = mail.message.quarantine ? held_ : inbox_;
        auto const octets = envelope_fields(mail.message) + mail.octets;
        auto kept = co_await asio::co_spawn(disk_, keep(into, octets), asio::use_awaitable);
        if (!kept) co_return handover::failed("not kept: " + kept.error().message());
        co_return handover::taken(kept->string());
    }

private:
    static asio::awaitable<result<std::filesystem::path>> keep(maildir const& into,
                                                               std::string const& octets) {
        co_return into.keep(octets);
    }

    maildir inbox_, held_;
    asio::thread_pool disk_{1};
};

}  // namespace

std::unique_ptr<destination> to_stream(std::ostream& out) {
    return std::make_unique<stream_destination>(out);
}

result<std::unique_ptr<destination>> to_maildir(std::filesystem::path const& folder) {
    auto inbox = maildir::open(folder);
    if (!inbox) return inbox.error();
    auto held = maildir::open(folder / ".held");
    if (!held) return held.error();
    return std::make_unique<folder_destination>(*std::move(inbox), *std::move(held));
}

}  // namespace testmta::bridge
