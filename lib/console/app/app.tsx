import { lazy, Suspense } from 'react';
import { ApprovalsScreen } from '../approvals/screen.tsx';
import { ExecutionsScreen } from '../executions/screen.tsx';
import { FlowsScreen } from '../flows/flows-screen.tsx';
import { Empty, Skeleton } from '../parts/empty.tsx';
import { ConnectionBar } from './connection-bar.tsx';
import { Help } from './help.tsx';
import { useKeys } from './keys.ts';
import { linkTo, usePlace } from './router.ts';
import { TopBar } from './top-bar.tsx';

// The graph library comes with these screens.
const ExecutionScreen = lazy(() => import('../execution/screen.tsx'));
const FlowScreen = lazy(() => import('../flows/flow-screen.tsx'));

export function App() {
  useKeys();
  return (
    <>
      <TopBar />
      <ConnectionBar />
      <Help />
      <Suspense fallback={<Loading />}>
        <Screen />
      </Suspense>
    </>
  );
}

function Screen() {
  const { path } = usePlace();
  const [, room = '', name] = path.split('/');
  const given = name === undefined ? undefined : decodeURIComponent(name);
  switch (room) {
    case 'executions':
      return given === undefined ? <ExecutionsScreen /> : <ExecutionScreen key={given} id={given} />;
    case 'approvals':
      return <ApprovalsScreen />;
    case 'flows':
      return given === undefined ? <FlowsScreen /> : <FlowScreen key={given} name={given} />;
    default:
      return (
        <main className="page">
          <Empty title="There is no such page" text="The address is not one of the console.">
            <a className="btn" {...linkTo('/executions')}>
              Show executions
            </a>
          </Empty>
        </main>
      );
  }
}

function Loading() {
  return (
    <main className="page">
      <Skeleton rows={5} />
    </main>
  );
}
