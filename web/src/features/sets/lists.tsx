import { ListPage } from "./ListPage";

export const Patients = () => <ListPage kind="patient" />;
export const Runs = () => <ListPage kind="run" />;
export const Sets = () => <ListPage kind="set" />;
