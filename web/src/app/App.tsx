import { useQuery } from "@tanstack/react-query";
import { Route, Switch } from "wouter";
import { ApiError } from "../api/problem";
import { aboutQuery } from "../api/queries";
import { StartScreen } from "../start/StartScreen";
import { Boundary } from "../ui/Boundary";
import { later } from "./later";
import { NotFound } from "./NotFound";
import { Shell } from "./Shell";
import { SignIn } from "./SignIn";

const AnalysisScreen = later(() => import("../result/AnalysisScreen"));
const LiveScreen = later(() => import("../live/LiveScreen"));
const ModelsScreen = later(() => import("../models/ModelsScreen"));
const ModelScreen = later(() => import("../models/ModelScreen"));
const AboutScreen = later(() => import("../about/AboutScreen"));

export function App() {
  const about = useQuery(aboutQuery);
  const locked = about.error instanceof ApiError && about.error.status === 401;
  return (
    <Shell locked={locked}>
      <Boundary>
        {locked ? (
          <SignIn />
        ) : (
          <Switch>
            <Route path="/" component={StartScreen} />
            <Route path="/analysis/:id">{({ id }) => <AnalysisScreen key={id} id={id} />}</Route>
            <Route path="/live" component={LiveScreen} />
            <Route path="/models" component={ModelsScreen} />
            <Route path="/models/:name">{({ name }) => <ModelScreen name={name} />}</Route>
            <Route path="/about" component={AboutScreen} />
            <Route component={NotFound} />
          </Switch>
        )}
      </Boundary>
    </Shell>
  );
}
