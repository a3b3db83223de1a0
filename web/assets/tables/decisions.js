// Decision tables alone: what else DMN has (requirements, literal expressions, business knowledge) the engine does not run, so it is not offered.
import EditingManager from "dmn-js-shared/lib/base/EditingManager";
import Manager from "dmn-js-shared/lib/base/Manager";
import Editor from "dmn-js-decision-table/lib/Editor";
import Viewer from "dmn-js-decision-table/lib/Viewer";

const opens = ({ $type, decisionLogic }) => $type === "dmn:Decision" && decisionLogic?.$type === "dmn:DecisionTable";

export class Tables extends EditingManager {
  _getViewProviders() {
    return [{ id: "decisionTable", constructor: Editor, opens }];
  }
}

export class ReadTables extends Manager {
  _getViewProviders() {
    return [{ id: "decisionTable", constructor: Viewer, opens }];
  }
}
