#include "bridge/relay.hpp"

#include <algorithm>
#include <boost/algorithm/string/predicate.hpp>
#include <optional>
#include <vector>

#include "bridge/whole_reply.hpp"

namespace testmta::bridge {
namespace {

namespace asio = boost::asio;
using milterproto::result;

submission::notify_when notify_in(smtpserver::notify const& wanted) {
    using submission::notification;
    std::vector<notification> all;
    if (wanted.never) all.push_back(notification::never);
    if (wanted.success) all.push_back(notification::success);
    if (wanted.failure) all.push_back(notification::failure);
    if (wanted.delay) all.push_back(notification::delay);
    auto const made = submission::notify_when::make(all);
    return made ? *made : submission::notify_when();
}

submission::body_type body_in(smtpserver::body_type what) {
    switch (what) {
        case smtpserver::body_type::eight_bit_mime: return submission::body_type::eight_bit;
        case smtpserver::body_type::binary_mime: return submission::body_type::binary;
        case smtpserver::body_type::seven_bit: break;
    }
    return submission::body_type::unspecified;
}

submission::returned ret_in(smtpserver::returned what) {
    if (what == smtpserver::returned::full) return submission::returned::full;
    if (what == smtpserver::returned::headers) return submission::returned::headers;
    return submission::returned::unspecified;
}

/// Returns a recipient with what the client wished for it, unless a filter has added it.
result<submission::recipient> recipient_in(std::string const& address, smtpserver::envelope const& original) {
    auto const whom = callout::mailbox::parse(address);
    if (!whom) return whom.error();
    submission::recipient made(*whom);
    auto const known = std::ranges::find_if(original.recipients, [&](auto const& one) {
        return boost::algorithm::iequals(one.path.address(), address);
    });
    if (known == original.recipients.end()) return made;
    if (known->notify) made.notify = notify_in(*known->notify);
    if (!known->original) return made;
    if (auto first = submission::original_recipient::make(known->original->type, known->original->address))
        made.original = *std::move(first);
    return made;
}

result<submission::message> message_in(finished_mail const& mail) {
    std::optional<callout::mailbox> sender;
    if (!mail.message.sender.empty()) {
        auto const from = callout::mailbox::parse(mail.message.sender);
        if (!from) return from.error();
        sender = *from;
    }
    submission::message made(sender, submission::text_content(mail.octets));
    auto const& wished = mail.original.mail;
    made.body = body_in(wished.body);
    made.has_utf8_headers = wished.smtputf8;
    made.ret = ret_in(wished.ret);
    if (wished.envelope_id) {
        if (auto id = submission::envelope_id::make(*wished.envelope_id)) made.id = *std::move(id);
    }
    made.required = submission::required_recipients::all;
    for (auto const& one : mail.message.recipients) {
        auto whom = recipient_in(one.address, mail.original);
        if (!whom) return whom.error();
        made.to(*std::move(whom));
    }
    return made;
}

/// Returns the reply by which the next hop refused the message, if there is one.
std::optional<smtpserver::reply> refusal_in(submission::message const& sent) {
    auto const refused = [](std::optional<submission::reply> const& said) {
        return said && !said->positive();
    };
    for (auto const* one : {&sent.sender_status, &sent.transfer_status})
        if (refused(*one)) return reply_from((*one)->text());
    for (auto const& whom : sent.recipients)
        if (refused(whom.status)) return reply_from(whom.status->text());
    return std::nullopt;
}

class relay final : public destination {
public:
    relay(asio::any_io_executor const& executor, submission::destination where,
          submission::client_options options)
        : client_(executor, std::move(options)), where_(std::move(where)) {}

    bool keeps_held_mail() const noexcept override { return false; }
    asio::awaitable<handover> take(finished_mail const& mail) override {
        auto made = message_in(mail);
        if (!made) co_return handover::failed(made.error().message());
        submission::batch all;
        auto& sent = all.add(*std::move(made));
        auto const done = co_await client_.send(all, where_);
        if (sent.accepted()) co_return handover::taken("relayed to " + where_.host());
        auto const why = sent.error ? sent.error.message() : done ? "not sent" : done.error().message();
        if (auto said = refusal_in(sent)) co_return handover::refused(why, *std::move(said));
        co_return handover::failed("not relayed: " + (done ? why : done.error().message()));
    }

private:
    submission::client client_;
    submission::destination where_;
};

}  // namespace

std::unique_ptr<destination> to_next_hop(asio::any_io_executor const& executor,
                                         submission::destination const& where, std::string const& host_name) {
    submission::client_options options;
    options.tls = submission::tls_policy::may;
    if (auto const name = callout::helo_name::parse(host_name)) options.helo = *name;
    return std::make_unique<relay>(executor, where, std::move(options));
}

}  // namespace testmta::bridge
