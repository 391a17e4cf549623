#include "workload.hpp"

#include <numeric>

#include "milterproto/core/limits.hpp"

namespace bench {

namespace {

constexpr std::size_t kibibyte = 1024;
constexpr std::string_view line =
    "The quick brown fox jumps over the lazy dog, 0123456789, and comes back again.\r\n";

}  // namespace

std::optional<workload> workload::named(std::string_view name) {
    if (name == "tiny") return workload(1, 10, 2 * kibibyte);
    if (name == "typical") return workload(3, 25, 50 * kibibyte);
    if (name == "big") return workload(1, 25, 10 * kibibyte * kibibyte);
    return std::nullopt;
}

workload::workload(std::size_t recipients, std::size_t headers, std::size_t octets) {
    recipients_.reserve(recipients);
    for (std::size_t i = 0; i < recipients; ++i)
        recipients_.push_back("<recipient" + std::to_string(i) + "@example.org>");
    headers_ = {{"From", " A Sender <sender@example.com>"},
                {"To", " Undisclosed recipients:;"},
                {"Subject", " What a filter costs"},
                {"Date", " Thu, 01 Jan 2026 00:00:00 +0000"},
                {"Message-ID", " <20260101000000.1.bench@example.com>"},
                {"MIME-Version", " 1.0"},
                {"Content-Type", " text/plain; charset=us-ascii"}};
    for (std::size_t i = headers_.size(); i < headers; ++i) {
        headers_.push_back(
            {"Received", " from relay" + std::to_string(i) +
                             ".example.com (relay.example.com [192.0.2.7])\n"
                             "\tby mx.example.org (Postfix) with ESMTPS id 4bench0000z\n"
                             "\tfor <recipient0@example.org>; Thu, 01 Jan 2026 00:00:00 +0000"});
    }
    body_.reserve(octets);
    while (body_.size() + line.size() <= octets) body_ += line;
    body_.append(octets - body_.size(), '.');
}

std::vector<milterproto::core::header_view> workload::headers() const {
    std::vector<milterproto::core::header_view> views;
    views.reserve(headers_.size());
    for (auto const& one : headers_) views.push_back({one.name, one.value});
    return views;
}

std::string workload::header_to_come() const {
    constexpr auto chunk = milterproto::limits::payload;
    auto const chunks = (body_.size() + chunk - 1) / chunk;
    // sender, recipients, DATA, headers, their end, body, end of message
    auto const events = 1 + recipients_.size() + 1 + headers_.size() + 1 + chunks + 1;
    auto const sum = std::accumulate(
        body_.begin(), body_.end(), std::size_t{0},
        [](std::size_t so_far, char octet) { return so_far + static_cast<unsigned char>(octet); });
    return std::to_string(events) + ' ' + std::to_string(sum);
}

}  // namespace bench
