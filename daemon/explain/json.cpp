#include "explain/json.hpp"

#include <boost/json.hpp>

namespace vouchd {

namespace json = boost::json;

json::value to_json(explanation const& what) {
    return json::value_from(what);
}

json::value to_json(std::vector<logged_decision> const& what) {
    return json::value_from(what);
}

json::value to_json(verification_record const& what) {
    return json::value_from(what);
}

callout::result<explanation> explanation_from(json::value const& document) {
    return json::try_value_to<explanation>(document);
}

callout::result<std::vector<logged_decision>> logged_from(json::value const& document) {
    return json::try_value_to<std::vector<logged_decision>>(document);
}

}  // namespace vouchd
