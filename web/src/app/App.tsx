import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense } from "react";
import { Route, Switch } from "wouter";
import { ApiError } from "../api/problem";
import { aboutQuery } from "../api/queries";
import { StartScreen } from "../start/StartScreen";
import { Boundary } from "../ui/Boundary";
import { Waiting } from "../ui/States";
import { NotFound } from "./NotFound";
import { Shell } from "./Shell";
import { SignIn } from "./SignIn";

const AnalysisScreen = lazy(() => import("../result/AnalysisScreen"));
const LiveScreen = lazy(() => import("../live/LiveScreen"));
const ModelsScreen = lazy(() => import("../models/ModelsScreen"));
const ModelScreen = lazy(() => import("../models/ModelScreen"));
const AboutScreen = lazy(() => import("../about/AboutScreen"));

export function App() {
  const about = useQuery(aboutQuery);
  const locked = about.error instanceof ApiError && about.error.status === 401;
  return (
    <Shell locked={locked}>
      <Boundary>
        {locked ? (
          <SignIn />
        ) : (
          <Suspense fallback={<Waiting />}>
            <Switch>
              <Route path="/" component={StartScreen} />
              <Route path="/analysis/:id">{({ id }) => <AnalysisScreen key={id} id={id} />}</Route>
              <Route path="/live" component={LiveScreen} />
              <Route path="/models" component={ModelsScreen} />
              <Route path="/models/:name">{({ name }) => <ModelScreen name={name} />}</Route>
              <Route path="/about" component={AboutScreen} />
              <Route component={NotFound} />
            </Switch>
          </Suspense>
        )}
      </Boundary>
    </Shell>
  );
}
