// Hydrogen, the web client, as its SDK ships it: log in, room list, timeline.
import {
  FeatureSet,
  Platform,
  RootViewModel,
  createNavigation,
  createRouter,
} from "hydrogen-view-sdk";

const platform = new Platform({
  container: document.body,
  assetPaths: {
    downloadSandbox: "assets/download-sandbox.html",
    worker: "assets/main.js",
    olm: {
      wasm: "olm/olm.wasm",
      wasmBundle: "olm/olm.js",
      legacyBundle: "olm/olm_legacy.js",
    },
    serviceWorker: "sw.js",
  },
  config: {
    // The page is opened with the homeserver's address in its query.
    defaultHomeServer: new URLSearchParams(location.search).get("homeserver"),
  },
});
const navigation = createNavigation();
platform.setNavigation(navigation);
await platform.init();
const urlRouter = createRouter({ navigation, history: platform.history });
urlRouter.attach();
const features = await FeatureSet.load(platform.settingsStorage);
const root = new RootViewModel({ platform, navigation, urlRouter, urlCreator: urlRouter, features });
await root.load();
platform.createAndMountRootView(root);
