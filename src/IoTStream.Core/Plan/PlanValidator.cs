using IoTStream.Operators;

namespace IoTStream.Plan;

/// <summary>Finds everything that is wrong with a topology, in one go.</summary>
internal static class PlanValidator
{
    public static List<TopologyError> Validate(string topology, IReadOnlyList<Node> nodes, DeadLettersNode deadLetters)
    {
        List<TopologyError> errors = [];
        if (string.IsNullOrWhiteSpace(topology))
        {
            errors.Add(new("missing-name", "", "The topology has no name: give TopologyBuilder one that stays the same over restarts."));
        }

        if (!nodes.Any(node => node is ISourceNode))
        {
            errors.Add(new("no-source", "", "The topology has no source: start it with From."));
        }

        if (!nodes.Any(node => node.Kind is NodeKind.Sink or NodeKind.ForEach or NodeKind.Table))
        {
            errors.Add(new("no-sink", "", "The topology has no sink: end its streams with To or ForEach, or in a table with ToTable."));
        }

        CheckNames(nodes, errors);
        CheckOutputs(nodes, errors);
        CheckDeadLetters(nodes, deadLetters, errors);
        CheckAlignment(nodes, errors);
        errors.AddRange(nodes.SelectMany(node => node.Validate()));
        return errors;
    }

    private static void CheckNames(IReadOnlyList<Node> nodes, List<TopologyError> errors)
    {
        foreach (Node node in nodes.Where(node => string.IsNullOrWhiteSpace(node.GivenName) && (node.NeedsName || node.GivenName is not null)))
        {
            errors.Add(new(
                "missing-name", node.Name, $"A {node.Kind} step has no name: give it one that stays the same over restarts."));
        }

        foreach (IGrouping<string, Node> same in nodes
            .Where(node => !string.IsNullOrWhiteSpace(node.GivenName))
            .GroupBy(node => node.GivenName!, StringComparer.Ordinal)
            .Where(group => group.Count() > 1))
        {
            errors.Add(new(
                "duplicate-name",
                same.Key,
                $"{same.Count()} steps are named '{same.Key}' ({string.Join(", ", same.Select(node => node.Kind))}): names must be unique, as " +
                "state and metrics go by them."));
        }
    }

    private static void CheckOutputs(IReadOnlyList<Node> nodes, List<TopologyError> errors)
    {
        foreach (Node node in nodes.Where(node => node.IsDangling && node.Kind is not (NodeKind.Branch or NodeKind.SideOutput or NodeKind.Late or NodeKind.TimedOut or NodeKind.DeadLetters)))
        {
            errors.Add(new(
                "stream-without-sink",
                node.Name,
                $"Nothing consumes the stream of {node.Kind} '{node.Name}': end it with To or ForEach, or leave the step out."));
        }
    }

    /// <summary>A step that holds back its source must not wait for another which would be fed by that same source.</summary>
    private static void CheckAlignment(IReadOnlyList<Node> nodes, List<TopologyError> errors)
    {
        Dictionary<Node, Node> aligned = [];
        foreach (Node node in nodes.Where(node => node is IEventTimeNode { IsAligned: true }))
        {
            foreach (Node source in node.Sources())
            {
                if (!aligned.TryAdd(source, node))
                {
                    errors.Add(new(
                        "source-aligned-twice",
                        node.Name,
                        $"WithEventTime '{node.Name}' and '{aligned[source].Name}' are both aligned and both take records of '{source.Name}': each " +
                        "could hold it back while the other needs more of it. Align a source by one step only."));
                }
            }
        }
    }

    private static void CheckDeadLetters(IReadOnlyList<Node> nodes, DeadLettersNode deadLetters, List<TopologyError> errors)
    {
        foreach (Node node in nodes.Where(node => node.ErrorPolicy == ErrorPolicy.DeadLetter && node is not ISourceNode))
        {
            if (deadLetters.IsDangling)
            {
                errors.Add(new(
                    "dead-letters-without-sink",
                    node.Name,
                    $"{node.Kind} '{node.Name}' puts failed records aside, but nothing consumes TopologyBuilder.DeadLetters: send them to a sink, or " +
                    "choose ErrorPolicy.Skip if they are only to be counted."));
            }
            else if (node.FollowsDeadLetters)
            {
                errors.Add(new(
                    "dead-letters-of-dead-letters",
                    node.Name,
                    $"{node.Kind} '{node.Name}' processes dead letters and puts failed ones aside as dead letters again: choose ErrorPolicy.Fail or " +
                    "ErrorPolicy.Skip there."));
            }
        }
    }
}
