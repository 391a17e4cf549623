#pragma once

#include <boost/json/fwd.hpp>

namespace vouchd {

/// What scripts want to know of an address.
enum class deliverable { yes, no, unknown };

deliverable outcome_of(boost::json::object const& document);
int exit_status_of(deliverable outcome);

}  // namespace vouchd
