#include "explain/outcome.hpp"

#include <boost/json.hpp>

#include "explain/exit_status.hpp"

namespace vouchd {

deliverable outcome_of(boost::json::object const& document) {
    auto const* const verdict = document.if_contains("verdict");
    // A rule that spares the callout knows no harm of the address.
    if (verdict == nullptr) return deliverable::yes;
    auto const& status = verdict->as_object().at("status").as_string();
    auto const& result = verdict->as_object().at("result").as_string();
    if (status == "pass") return deliverable::yes;
    return result == "not_found" || result == "no_mx" ? deliverable::no : deliverable::unknown;
}

int exit_status_of(deliverable outcome) {
    switch (outcome) {
        case deliverable::yes: return exit_status::fine;
        case deliverable::no: return exit_status::undeliverable;
        case deliverable::unknown: return exit_status::undetermined;
    }
    return exit_status::internal;
}

}  // namespace vouchd
