// A body in the browser: it walks on the spot until a BVH or AMASS file is dropped on the page, and then moves as that says.
import { syntheticBody } from '@pose-rft/smpl';
import { createThreeBody, type ThreeMotion } from '@pose-rft/smpl/three';
import {
  Color,
  DirectionalLight,
  Fog,
  HemisphereLight,
  Mesh,
  MeshStandardMaterial,
  PerspectiveCamera,
  PlaneGeometry,
  Scene,
  WebGLRenderer,
} from 'three';
import { OrbitControls } from 'three/addons/controls/OrbitControls.js';
import { readMotionFile } from './read-motion-file.js';
import { walkingHeightMetres, walkingPose } from './walking-pose.js';

const scene = new Scene();
scene.background = new Color(0xf0f2f4);
scene.fog = new Fog(0xf0f2f4, 6, 14);

const floor = new Mesh(new PlaneGeometry(40, 40), new MeshStandardMaterial({ color: 0xdfe3e6 }));
floor.rotation.x = -Math.PI / 2;
floor.receiveShadow = true;
scene.add(floor, new HemisphereLight(0xffffff, 0x9a8f84, 1.6));

const sun = new DirectionalLight(0xffffff, 2.2);
sun.position.set(-2, 4, 3);
sun.castShadow = true;
sun.shadow.mapSize.set(1024, 1024);
scene.add(sun, sun.target);

const body = createThreeBody(syntheticBody());
body.mesh.castShadow = true;
scene.add(body.mesh);

const renderer = new WebGLRenderer({ antialias: true });
renderer.shadowMap.enabled = true;
document.body.append(renderer.domElement);

const camera = new PerspectiveCamera(35, 1, 0.1, 50);
camera.position.set(1.6, 1.5, 3.6);
const controls = new OrbitControls(camera, renderer.domElement);
controls.target.set(0, 0.85, 0);

const resize = (): void => {
  renderer.setSize(window.innerWidth, window.innerHeight);
  renderer.setPixelRatio(window.devicePixelRatio);
  camera.aspect = window.innerWidth / window.innerHeight;
  camera.updateProjectionMatrix();
};
window.addEventListener('resize', resize);
resize();

let motion: ThreeMotion | undefined;
renderer.setAnimationLoop((milliseconds) => {
  const seconds = milliseconds / 1000;
  if (motion === undefined)
    body.setAxisAnglePose(walkingPose(seconds), 0, [0, walkingHeightMetres(seconds), 0]);
  else body.showMotion(motion, seconds);
  const root = body.bones[0]?.position;
  if (root !== undefined) {
    // Camera and light go along with the body.
    const [dx, dz] = [root.x - controls.target.x, root.z - controls.target.z];
    controls.target.add({ x: dx, y: 0, z: dz });
    camera.position.add({ x: dx, y: 0, z: dz });
    sun.target.position.set(root.x, 0, root.z);
    sun.position.set(root.x - 2, 4, root.z + 3);
  }
  controls.update();
  renderer.render(scene, camera);
});

const status = document.querySelector('#status');
window.addEventListener('dragover', (event) => {
  event.preventDefault();
});
window.addEventListener('drop', (event) => {
  event.preventDefault();
  const [file] = event.dataTransfer?.files ?? [];
  if (file === undefined) return;
  readMotionFile(file).then(
    (read) => {
      motion = read;
      if (status !== null) status.textContent = file.name;
    },
    (error: unknown) => {
      if (status !== null) status.textContent = error instanceof Error ? error.message : String(error);
    },
  );
});
