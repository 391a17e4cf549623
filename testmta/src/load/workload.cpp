#include "load/workload.hpp"

#include "script/content.hpp"

namespace testmta::load {

workload::workload(plan const& what) : body_(run::fill(what.greatest_size, what.seed)) {
    for (std::size_t i = 1; i <= what.recipients; ++i)
        recipients_.push_back("<recipient" + std::to_string(i) + "@example.net>");
    headers_ = {{"From", "Sender <sender@example.org>"},
                {"To", "Recipient <recipient1@example.net>"},
                {"Subject", "A message of a load"},
                {"Date", "Thu, 01 Jan 2026 00:00:00 +0000"},
                {"Message-ID", "<load@example.org>"}};
    for (auto i = headers_.size() + 1; i <= what.headers; ++i)
        headers_.emplace_back("X-Load-" + std::to_string(i), "header field number " + std::to_string(i));
    headers_.resize(what.headers);
}

workload::sizes::sizes(plan const& what, std::size_t connection)
    : least_(what.least_size), greatest_(what.greatest_size) {
    std::seed_seq seed{what.seed, static_cast<std::uint32_t>(connection)};
    random_.seed(seed);
}

}  // namespace testmta::load
