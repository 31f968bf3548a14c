using System.Runtime.InteropServices;

namespace IoTStream.Mqtt.Broker;

/// <summary>Where messages of a topic go, as of one version of the <see cref="SubscriptionTree"/>.</summary>
internal sealed class Route(int version, Delivery[] deliveries)
{
    public int Version { get; } = version;

    public ReadOnlySpan<Delivery> Deliveries => deliveries;

    /// <summary>Collects matching subscriptions; one session gets one copy, however many of its subscriptions match.</summary>
    public sealed class Builder
    {
        private readonly List<Delivery> _deliveries = [];
        private readonly Dictionary<Session, int> _places = [];

        public void Add(List<Subscription>? subscriptions)
        {
            foreach (Subscription subscription in CollectionsMarshal.AsSpan(subscriptions))
            {
                ref int place = ref CollectionsMarshal.GetValueRefOrAddDefault(_places, subscription.Session, out bool exists);
                if (exists)
                {
                    _deliveries[place] = _deliveries[place].And(subscription);
                }
                else
                {
                    place = _deliveries.Count;
                    _deliveries.Add(Delivery.Of(subscription));
                }
            }
        }

        public Route Build(int version) => new(version, [.. _deliveries]);
    }
}
