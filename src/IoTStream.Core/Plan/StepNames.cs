namespace IoTStream.Plan;

/// <summary>Makes up names for the steps that the user gave none: the kind and a number.</summary>
internal static class StepNames
{
    public static void Assign(IReadOnlyList<Node> nodes)
    {
        HashSet<string> taken = new(nodes.Select(node => node.GivenName).OfType<string>(), StringComparer.Ordinal);
        Dictionary<NodeKind, int> numbers = [];
        foreach (Node node in nodes.Where(node => node.GivenName is null))
        {
            do
            {
                int number = numbers[node.Kind] = numbers.GetValueOrDefault(node.Kind) + 1;
                node.Name = $"{KindName(node.Kind)}-{number}";
            }
            while (!taken.Add(node.Name));
        }
    }

    private static string KindName(NodeKind kind) => kind switch
    {
        NodeKind.EventTime => "event-time",
        NodeKind.SelectMany => "select-many",
        NodeKind.SelectAsync => "select-async",
        NodeKind.KeyBy => "key-by",
        NodeKind.DeadLetters => "dead-letters",
        _ => kind.ToString().ToLowerInvariant(),
    };
}
