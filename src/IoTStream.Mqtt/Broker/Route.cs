using System.Runtime.InteropServices;

namespace IoTStream.Mqtt.Broker;

/// <summary>Where messages of a topic go, as of one version of the <see cref="SubscriptionTree"/>.</summary>
internal sealed class Route(int version, Delivery[] deliveries, SharedRoute[] shared)
{
    public int Version { get; } = version;

    /// <summary>Those to recipients with subscriptions of their own.</summary>
    public ReadOnlySpan<Delivery> Deliveries => deliveries;

    /// <summary>How many copies a message has: one for each recipient and each group.</summary>
    public int Count => deliveries.Length + shared.Length;

    /// <summary>Who gets a copy, out of <see cref="Count"/>; the member of a group is chosen with each call.</summary>
    public Delivery this[int copy] => copy < deliveries.Length ? deliveries[copy] : shared[copy - deliveries.Length].Choose();

    /// <summary>Whether one of those who may get a copy is among some.</summary>
    public bool Reaches(int copy, HashSet<Recipient> some) => copy < deliveries.Length
        ? some.Contains(deliveries[copy].Recipient)
        : shared[copy - deliveries.Length].Members.Any(member => some.Contains(member.Recipient));

    /// <summary>Collects matching subscriptions; one recipient gets one copy, however many of its subscriptions match.</summary>
    public sealed class Builder
    {
        private readonly List<Delivery> _deliveries = [];
        private readonly List<SharedRoute> _shared = [];
        private readonly Dictionary<Recipient, int> _places = [];

        public void Add(Subscribers? subscribers)
        {
            if (subscribers is null)
            {
                return;
            }

            foreach (Subscription subscription in CollectionsMarshal.AsSpan(subscribers.Own))
            {
                ref int place = ref CollectionsMarshal.GetValueRefOrAddDefault(_places, subscription.Recipient, out bool exists);
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

            foreach (ShareGroup group in subscribers.Groups)
            {
                _shared.Add(new SharedRoute(group, [.. group.Members.Select(Delivery.Of)]));
            }
        }

        public Route Build(int version) => new(version, [.. _deliveries], [.. _shared]);
    }
}
