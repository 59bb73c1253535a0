// A cloud function as it would be deployed: what it logs must not get into its result.
exports.main = async (event) => {
  console.log('called with', event);
  if (event.path === 'throw') throw new Error('thrown on purpose');
  return event;
};
